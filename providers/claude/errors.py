"""The one way in which a body is refused."""


class UnreadableBody(Exception):
    """A body that is not OTLP, or too large: the sender must not send it again. `status` is HTTP's.

    The message never has anything of the body in it.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
