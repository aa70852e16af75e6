"""Every table. Columns are whole numbers wherever rows are many; `label` holds the texts they stand for.

A column may be null only where that means something, which its comment says. Facts (usage, the
rollups) belong to a connection, a connection to a Slack team: nothing is without an owner.
"""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from storage.engine.fields import DayField, MomentField, MoneyField

database = DatabaseProxy()


class Table(Model):
    """What all tables share."""

    class Meta:
        """Bound when the program knows its database."""

        database = database
        legacy_table_names = False


class Connection(Table):
    """A provider's credential in one Slack team, and the turn to work for it."""

    id = AutoField()
    team_id = TextField()
    provider = TextField()
    organization_id = TextField()
    organization_name = TextField()
    key_encrypted = BlobField(null=True)  # null: disconnected, history kept
    key_hint = TextField()
    connected_by = TextField()  # a Slack user id; "" from the command line
    connected_at = MomentField()
    state = TextField()  # active | refused | disconnected
    first_day = DayField(null=True)  # null: history not walked to its end yet
    announced = TextField(default="")  # channel and ts of the progress message, while there is one
    not_before = MomentField(null=True)  # null: no pause; else the provider is left alone until then
    leased_by = TextField(default="")
    leased_until = MomentField(null=True)  # null: free
    hourly_spend = TextField(default="")  # offered | the provider's reason why not | "": not asked yet
    refused_at = MomentField(null=True)  # null: the key is accepted; else since when it is not

    class Meta:
        """One row an organization and team, reused when it comes back."""

        indexes = ((("team_id", "provider", "organization_id"), True),)


class Job(Table):
    """Something due for a connection: a report again and again, or one window of history once."""

    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    start_day = DayField()  # 1970: a report asked again and again has no window
    end_day = DayField()
    due_at = MomentField()
    priority = IntegerField()
    attempts = IntegerField(default=0)
    error = TextField(default="")
    cause = TextField(default="")  # of the last failure: unavailable | permission | fault; "": none

    class Meta:
        """Read by `what is due for this connection, most urgent first`."""

        indexes = ((("connection_id", "kind", "start_day"), True), (("due_at",), False))


class Coverage(Table):
    """One day that a report has told us about, and up to when."""

    connection_id = IntegerField()
    report = TextField()
    day = DayField()
    until = MomentField()
    fetched_at = MomentField()
    unpriced = TextField(default="")  # usage only: models that no price is known for

    class Meta:
        """The key serves `which days of this report are in`."""

        primary_key = CompositeKey("connection_id", "report", "day")
        without_rowid = True


class NotOfferedRow(Table):
    """A report that the present key is not offered, since when, and what the provider said."""

    connection_id = IntegerField()
    report = TextField()
    since = MomentField()
    said = TextField()

    class Meta:
        """Read with every gap."""

        table_name = "not_offered"
        primary_key = CompositeKey("connection_id", "report")
        without_rowid = True


class NoteRow(Table):
    """Something odd in an answer, with the part of the answer's window that it is about."""

    id = AutoField()
    connection_id = IntegerField()
    report = TextField()
    starts_at = MomentField()
    ends_at = MomentField()
    day = DayField(null=True)  # null: of no day in particular
    what = TextField()
    is_unreadable = BooleanField()  # the report's figures of that day are missing because of it

    class Meta:
        """Replaced by the window it lies in, read with every gap."""

        table_name = "note"
        indexes = ((("connection_id", "report", "starts_at"), False),)


class Label(Table):
    """A text that facts refer to: a model, a caller, a workspace, a kind. 0 stands for none."""

    id = AutoField()
    connection_id = IntegerField()
    text = TextField()

    class Meta:
        """Found by text when written, by id when read."""

        indexes = ((("connection_id", "text"), True),)


class StampRow(Table):
    """A number that is another whenever what is stored about a subject has changed."""

    connection_id = IntegerField()
    subject = TextField()  # names | labels
    value = BigIntegerField()

    class Meta:
        """Read before every use of a copy in memory."""

        table_name = "stamp"
        primary_key = CompositeKey("connection_id", "subject")
        without_rowid = True


class ChargeRow(Table):
    """One billed line, with its own words: few rows, kept for audits."""

    id = AutoField()
    connection_id = IntegerField()
    day = DayField()
    workspace_id = TextField(null=True)  # null: the default workspace
    cost_type = TextField()
    model = TextField(null=True)  # null: not a model's
    token_kind = TextField(null=True)  # null: not tokens
    service_tier = TextField(null=True)  # null: the report names none; so for the next two
    context_window = TextField(null=True)
    inference_geo = TextField(null=True)
    description = TextField()
    billed_cost = MoneyField()
    currency = TextField()

    class Meta:
        """Read and replaced by day."""

        table_name = "charge"
        indexes = ((("connection_id", "day"), False),)


class UnsettledBillRow(Table):
    """A bill that is reported and not believed yet, or believed for its steadiness alone."""

    connection_id = IntegerField()
    day = DayField()
    why = TextField()  # unread | lacking | fallen | held: see storage/facts/bills.py
    first_seen_at = MomentField()
    unchanged_since = MomentField()
    lines = TextField()  # JSON, as reported; "[]" once it is held, when `charge` has them

    class Meta:
        """Few rows; the key serves `which of these days`."""

        table_name = "unsettled_bill"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class Counted(Table):
    """The quantities that facts count, in the order of `usage.QUANTITIES`."""

    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()


class UsageRow(Counted):
    """Tokens of one hour, by everything they are priced and attributed by; labels."""

    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    tier = IntegerField()
    context_window = IntegerField()
    geo = IntegerField()

    class Meta:
        """Read and replaced by hours."""

        table_name = "usage"
        primary_key = CompositeKey(
            "connection_id", "hour", "caller", "model", "workspace", "tier", "context_window", "geo"
        )
        without_rowid = True


class ReportedRow(Counted):
    """What one UTC hour cost by the provider's own report, by who and on what; labels."""

    cost = MoneyField()
    list_cost = MoneyField()
    connection_id = IntegerField()
    hour = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    workspace = IntegerField()
    product = IntegerField()

    class Meta:
        """Read and replaced by hours."""

        table_name = "reported"
        primary_key = CompositeKey("connection_id", "hour", "caller", "model", "workspace", "product")
        without_rowid = True


class ReportedKindRow(Table):
    """The same dollars by what was paid for: what the bill is compared with."""

    cost = MoneyField()
    list_cost = MoneyField()
    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    model = IntegerField()
    kind = IntegerField()

    class Meta:
        """Read and replaced by hours."""

        table_name = "reported_kind"
        primary_key = CompositeKey("connection_id", "hour", "workspace", "model", "kind")
        without_rowid = True


class Priced(Counted):
    """What facts cost; `estimated` is the part of `cost` that is not billed yet."""

    cost = MoneyField()
    estimated = MoneyField()


class DayRollup(Priced):
    """A day's dollars on one dimension: what an answer about whole UTC days reads."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    day = IntegerField()
    member = IntegerField()

    class Meta:
        """The key serves `this dimension over these days`."""

        table_name = "day_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "day", "member")
        without_rowid = True


class HourRollup(Priced):
    """The same by UTC hour: what the edges of another zone's days are made of."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    hour = IntegerField()
    member = IntegerField()

    class Meta:
        """The key serves `this dimension over these hours`."""

        table_name = "hour_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "hour", "member")
        without_rowid = True


class AssignmentRow(Table):
    """A key that an admin gave to somebody."""

    connection_id = IntegerField()
    key_id = TextField()
    owner_id = TextField()
    assigned_by = TextField()  # a Slack user id
    assigned_at = MomentField()

    class Meta:
        """Read whole."""

        table_name = "assignment"
        primary_key = CompositeKey("connection_id", "key_id")
        without_rowid = True


class Done(Table):
    """What Claude Code activity counts, in the order of `CodeActivity`."""

    estimated_cost = MoneyField()
    input_tokens = BigIntegerField()
    output_tokens = BigIntegerField()
    cache_read_tokens = BigIntegerField()
    cache_creation_tokens = BigIntegerField()
    sessions = IntegerField()
    lines_added = IntegerField()
    lines_removed = IntegerField()
    commits = IntegerField()
    pull_requests = IntegerField()
    accepted = IntegerField()
    rejected = IntegerField()


class ActivityRow(Done):
    """Claude Code: one person or key name, plan, and model or tool, one day; labels."""

    connection_id = IntegerField()
    day = IntegerField()
    who = IntegerField()
    plan = IntegerField()
    model = IntegerField()
    tool = IntegerField()

    class Meta:
        """Replaced by day; the key serves `this person on these days`."""

        table_name = "code_activity"
        primary_key = CompositeKey("connection_id", "day", "who", "plan", "model", "tool")
        without_rowid = True


class ActivityRollup(Done):
    """A day's, a week's or a month's activity on one dimension: what an answer reads."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    slot = IntegerField()
    member = IntegerField()
    plan = IntegerField()

    class Meta:
        """The key serves `this dimension over these slots`: see `storage.engine.time_buckets`."""

        table_name = "code_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "slot", "member", "plan")
        without_rowid = True


class EntryRow(Table):
    """A name behind an id, kept after its owner is gone."""

    connection_id = IntegerField()
    id = TextField()
    kind = TextField()
    name = TextField()
    created_at = MomentField(null=True)  # null: not told; so for the next six
    email = TextField(null=True)
    status = TextField(null=True)
    workspace_id = TextField(null=True)
    owner_id = TextField(null=True)
    hint = TextField(null=True)
    owner_is = TextField(null=True)

    class Meta:
        """Read whole, written one by one."""

        table_name = "directory"
        primary_key = CompositeKey("connection_id", "id")
        without_rowid = True


class RestatementRow(Table):
    """A finished day's bill that changed after we had it."""

    id = AutoField()
    connection_id = IntegerField()
    day = DayField()
    before = MoneyField()
    after = MoneyField()
    noticed_at = MomentField()

    class Meta:
        """Read by `what changed lately`."""

        table_name = "restatement"
        indexes = ((("connection_id", "noticed_at"), False),)


class AccuracyRow(Table):
    """What a day was estimated to cost, and what it was billed."""

    connection_id = IntegerField()
    day = DayField()
    estimated = MoneyField()
    billed = MoneyField()

    class Meta:
        """Read by `the last thirty days`."""

        table_name = "accuracy"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class SubscriptionRow(Table):
    """A digest somebody set up."""

    id = AutoField()
    team_id = TextField()
    channel_id = TextField()
    channel_name = TextField()
    time = TextField()  # HH:MM on the wall of `zone`
    zone = TextField()
    kind = TextField(default="daily")  # daily | weekly | monthly
    weekday = IntegerField(default=0)  # of a weekly one; Monday is 0
    month_day = IntegerField(default=1)  # of a monthly one; from 29 on the last day
    working_days_only = BooleanField(default=False)
    scope = TextField(default="whole")  # state/scopes.py has its forms
    naming = TextField(default="names")  # names | initials | totals
    set_up_by = TextField()
    next_at = MomentField()
    paused = TextField(default="")  # why, in words; empty: not paused
    audience = TextField(default="")  # private | public | shared: who reads it, as somebody agreed to
    trouble = TextField(default="")  # why the last one did not come; empty: it came

    class Meta:
        """Read by `what is due`; the long index keeps one digest from being set up twice."""

        table_name = "subscription"
        indexes = (
            (("team_id",), False),
            (("next_at",), False),
            (("team_id", "channel_id", "kind", "scope"), True),
        )


class PostRow(Table):
    """The outbox: a message that must be sent once, whatever happens to the process that sends it."""

    id = AutoField()
    team_id = TextField()
    key = TextField(unique=True)  # what makes it the same message: `digest:7:2026-11-21`
    kind = TextField()
    subject = TextField()  # what it is about: state/subjects.py
    channel = TextField()
    due_at = MomentField()
    give_up_waiting_at = MomentField()  # when a digest stops waiting for the bill
    organization_id = TextField(default="")  # whose figures a digest tells, as the provider names it
    state = TextField()  # due | sending | sent | uncertain | held | dropped | untold
    estimated = BooleanField(default=False)  # sent before the bill was in: to be edited
    ts = TextField(default="")
    sent_to = TextField(default="")  # the channel that Slack posted to; a person's id opens another
    attempts = IntegerField(default=0)
    faults = IntegerField(default=0)  # how often a mistake of ours, or a kill, ended the sending
    claimed_by = TextField(default="")
    claimed_until = MomentField(null=True)  # null: nobody is at it

    class Meta:
        """Read by `what is due`, `what to edit`, `the first in a channel?` and `who else was told this?`."""

        table_name = "post"
        indexes = (
            (("state", "due_at"), False),
            (("state", "estimated", "due_at"), False),
            (("team_id", "channel"), False),
            (("team_id", "subject"), False),
        )


class IncidentRow(Table):
    """A state of affairs with a beginning and an end; `closed` is 0 while it lasts, then its id."""

    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    detail = TextField()
    opened_at = MomentField()
    closed_at = MomentField(null=True)  # null: still so
    closed = IntegerField(default=0)

    class Meta:
        """At most one open incident a kind."""

        table_name = "incident"
        indexes = ((("connection_id", "kind", "closed"), True),)


class AccessRow(Table):
    """Who may see what in a team, once an admin has decided; without a row everybody may."""

    team_id = TextField(primary_key=True)
    cost = TextField()  # everybody | admins | the id of a Slack user group; so for names
    cost_handle = TextField()  # what the group is called; "" where it is none
    names = TextField()
    names_handle = TextField()
    channels = TextField()  # ids with blanks between them, `*` is every channel; so for naming
    naming = TextField()
    decided_by = TextField()  # a Slack user id
    decided_at = MomentField()

    class Meta:
        """Read whole."""

        table_name = "access"


class AuditRow(Table):
    """Something that somebody did or looked at; written once, never changed."""

    id = AutoField()
    team_id = TextField()
    who = TextField()  # a Slack user id, or a word for what is no person
    what = TextField()
    detail = TextField()
    at = MomentField()

    class Meta:
        """Read by `the latest of this team`, and pruned from the other end."""

        table_name = "audit"
        indexes = ((("team_id", "at"), False),)


class InstallationRow(Table):
    """The app in one Slack team, or in all teams of an Enterprise Grid."""

    id = AutoField()
    team_id = TextField()  # "": every team of the enterprise
    enterprise_id = TextField()  # "": the team belongs to none
    name = TextField()
    bot_user_id = TextField()
    installed_by = TextField()
    installed_at = MomentField()
    token_encrypted = BlobField()
    checked_at = MomentField()

    class Meta:
        """Found by team, else by enterprise."""

        table_name = "installation"
        indexes = ((("team_id", "enterprise_id"), True),)


class GridTeamRow(Table):
    """A Slack team that its Enterprise Grid's installation serves."""

    team_id = TextField(primary_key=True)
    enterprise_id = TextField()

    class Meta:
        """Few, read whole when an enterprise leaves."""

        table_name = "grid_team"


class DepartureRow(Table):
    """A Slack team that the app was taken from: what it had is deleted in a while."""

    team_id = TextField(primary_key=True)
    enterprise_id = TextField()
    delete_at = MomentField()

    class Meta:
        """Few."""

        table_name = "departure"


class TicketRow(Table):
    """Leave to do one thing, once and soon, for whoever holds the token behind the hash."""

    token_hash = TextField(primary_key=True)
    kind = TextField()
    team_id = TextField(default="")
    user_id = TextField(default="")
    view_id = TextField(default="")
    expires_at = MomentField()
    is_spent = BooleanField(default=False)
    tries = IntegerField(default=0)
    claimed_until = MomentField(null=True)  # null: nobody is using it

    class Meta:
        """Found by the hash."""

        table_name = "ticket"


class HomeRow(Table):
    """A person whose Home tab shows figures, since when and until they are published anew."""

    team_id = TextField()
    user_id = TextField()
    shown_at = MomentField()

    class Meta:
        """Found by the team."""

        table_name = "home"
        primary_key = CompositeKey("team_id", "user_id")


class WitnessRow(Table):
    """The latest moment that a machine has seen: a clock that tells an earlier one was set back."""

    machine = TextField(primary_key=True)
    seen_at = MomentField()

    class Meta:
        """Few."""

        table_name = "witness"


TABLES: tuple[type[Table], ...] = (
    Connection,
    Job,
    Coverage,
    Label,
    StampRow,
    ChargeRow,
    UnsettledBillRow,
    UsageRow,
    ReportedRow,
    ReportedKindRow,
    DayRollup,
    HourRollup,
    AssignmentRow,
    ActivityRow,
    ActivityRollup,
    EntryRow,
    NotOfferedRow,
    NoteRow,
    RestatementRow,
    AccuracyRow,
    SubscriptionRow,
    PostRow,
    IncidentRow,
    AccessRow,
    AuditRow,
    InstallationRow,
    GridTeamRow,
    DepartureRow,
    TicketRow,
    HomeRow,
    WitnessRow,
)
