"""Why a cost changed: effects that add up to the change, in lines; and the days on which it stands out."""
