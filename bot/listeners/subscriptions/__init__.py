"""Setting up digests: the list, the form, the channel's readers, a preview, saving and sending one now."""
