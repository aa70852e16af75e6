"""Every table. In tables of many rows, columns are whole numbers; `label` has the texts that they stand for.

A column is nullable only if null means something, which its comment says. Facts (usage, the rollups) belong
to a connection, and a connection to a Slack team, so every row has an owner.
"""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    DoubleField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from storage.engine.fields import DayField, MomentField, MoneyField

database = DatabaseProxy()


class Table(Model):
    """The base of every table."""

    class Meta:
        """`storage.engine.database.open_database` sets the database."""

        database = database
        legacy_table_names = False


class Connection(Table):
    """A provider's credential in one Slack team, and the lease of the worker that serves it."""

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
    first_day = DayField(null=True)  # null: the backfill has not found it yet
    announced = TextField(default="")  # channel and ts of the progress message, while there is one
    not_before = MomentField(null=True)  # when to call the provider again after a pause; null: no pause
    leased_by = TextField(default="")
    leased_until = MomentField(null=True)  # null: free
    hourly_spend = TextField(default="")  # offered | the provider's reason why not | "": not asked yet
    refused_at = MomentField(null=True)  # when the provider first refused the key; null: it accepts it
    hours_from = DayField(null=True)  # the first UTC day with rollups by the hour; null: all have them

    class Meta:
        """One row per organization and team, reused if the organization is connected again."""

        indexes = ((("team_id", "provider", "organization_id"), True),)


class Job(Table):
    """A job of a connection: to fetch a report regularly, or one window of history once."""

    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    start_day = DayField()  # 1970-01-01: a regular job, which has no window
    end_day = DayField()
    due_at = MomentField()
    priority = IntegerField()
    attempts = IntegerField(default=0)
    error = TextField(default="")
    cause = TextField(default="")  # of the last failure: unavailable | permission | fault; "": none

    class Meta:
        """The first index serves `this job, if it exists`; the second `which jobs are due`."""

        indexes = ((("connection_id", "kind", "start_day"), True), (("due_at",), False))


class Coverage(Table):
    """A day that we have fetched of a report, and up to which moment."""

    connection_id = IntegerField()
    report = TextField()
    day = DayField()
    until = MomentField()
    fetched_at = MomentField()
    unpriced = TextField(default="")  # usage only: models without a known price

    class Meta:
        """The key serves `which days of this report do we have`."""

        primary_key = CompositeKey("connection_id", "report", "day")
        without_rowid = True


class NotOfferedRow(Table):
    """A report that the provider does not offer to the present key, since when, and its message."""

    connection_id = IntegerField()
    report = TextField()
    since = MomentField()
    message = TextField(column_name="said")

    class Meta:
        """The key serves `which reports does this connection lack`, read with every report."""

        table_name = "not_offered"
        primary_key = CompositeKey("connection_id", "report")
        without_rowid = True


class NoteRow(Table):
    """An oddity in an answer, with the part of the answer's window that it concerns."""

    id = AutoField()
    connection_id = IntegerField()
    report = TextField()
    starts_at = MomentField()
    ends_at = MomentField()
    day = DayField(null=True)  # null: of no day in particular
    what = TextField()
    is_unreadable = BooleanField()  # the report's figures of that day are missing because of it

    class Meta:
        """The index serves `replace the notes of this window` and `the notes of this report`."""

        table_name = "note"
        indexes = ((("connection_id", "report", "starts_at"), False),)


class Label(Table):
    """A text that facts refer to by number: a model, a caller, a workspace, a kind. Number 0 is none."""

    id = AutoField()
    connection_id = IntegerField()
    text = TextField()

    class Meta:
        """The index serves `the number of this text`; the id serves the reverse."""

        indexes = ((("connection_id", "text"), True),)


class StampRow(Table):
    """A version number that changes with every change to the rows of a subject."""

    connection_id = IntegerField()
    subject = TextField()  # names | labels | lines | links
    value = BigIntegerField()

    class Meta:
        """The key serves `is this in-memory copy current`."""

        table_name = "stamp"
        primary_key = CompositeKey("connection_id", "subject")
        without_rowid = True


class ChargeRow(Table):
    """One billed line, as text: there are few rows, and audits need them as reported."""

    id = AutoField()
    connection_id = IntegerField()
    day = DayField()
    workspace_id = TextField(null=True)  # null: the default workspace
    cost_type = TextField()
    model = TextField(null=True)  # null: the charge is for no model
    token_kind = TextField(null=True)  # null: the charge is not for tokens
    service_tier = TextField(null=True)  # null: the report names none
    context_window = TextField(null=True)  # null: the report names none
    inference_geo = TextField(null=True)  # null: the report names none
    description = TextField()
    billed_cost = MoneyField()
    currency = TextField()

    class Meta:
        """The index serves `the charges of these days`."""

        table_name = "charge"
        indexes = ((("connection_id", "day"), False),)


class UnsettledBillRow(Table):
    """A bill that we do not accept yet, or accepted only because it did not change for a while."""

    connection_id = IntegerField()
    day = DayField()
    why = TextField()  # unread | lacking | fallen | held: see storage/facts/bills.py
    first_seen_at = MomentField()
    unchanged_since = MomentField()
    lines = TextField()  # JSON, as reported; "[]" once `why` is held, when `charge` has the lines

    class Meta:
        """The key serves `the unsettled bills among these days`, of which there are few."""

        table_name = "unsettled_bill"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class QuantityColumns(Table):
    """The columns of usage, in the order of `usage.QUANTITIES`."""

    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()


class UsageRow(QuantityColumns):
    """Tokens of one UTC hour, by all that their price and their caller depend on; numbers of labels."""

    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    tier = IntegerField()
    context_window = IntegerField()
    geo = IntegerField()

    class Meta:
        """The key serves `the usage of these hours`."""

        table_name = "usage"
        primary_key = CompositeKey(
            "connection_id", "hour", "caller", "model", "workspace", "tier", "context_window", "geo"
        )
        without_rowid = True


class ReportedRow(QuantityColumns):
    """The provider's own hourly spend, by caller, model, workspace and product; numbers of labels."""

    cost = MoneyField()
    list_cost = MoneyField()
    connection_id = IntegerField()
    hour = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    workspace = IntegerField()
    product = IntegerField()

    class Meta:
        """The key serves `the hourly spend of these hours`."""

        table_name = "reported"
        primary_key = CompositeKey("connection_id", "hour", "caller", "model", "workspace", "product")
        without_rowid = True


class ReportedKindRow(Table):
    """The provider's own hourly spend by kind, to compare with the bill; numbers of labels."""

    cost = MoneyField()
    list_cost = MoneyField()
    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    model = IntegerField()
    kind = IntegerField()

    class Meta:
        """The key serves `the hourly spend of these hours by kind`."""

        table_name = "reported_kind"
        primary_key = CompositeKey("connection_id", "hour", "workspace", "model", "kind")
        without_rowid = True


class SpendColumns(QuantityColumns):
    """The columns of attributed spend; `estimated` is the part of `cost` that is not billed yet."""

    cost = MoneyField()
    estimated = MoneyField()


class DayRollup(SpendColumns):
    """A UTC day's spend by one dimension, read by answers about whole UTC days."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    day = IntegerField()
    member = IntegerField()

    class Meta:
        """The key serves `the spend of these days by this dimension`."""

        table_name = "day_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "day", "member")
        without_rowid = True


class HourRollup(SpendColumns):
    """A UTC hour's spend by one dimension, read for the edges of another zone's days."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    hour = IntegerField()
    member = IntegerField()

    class Meta:
        """The key serves `the spend of these hours by this dimension`."""

        table_name = "hour_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "hour", "member")
        without_rowid = True


class DayCell(SpendColumns):
    """A UTC day's spend by caller, workspace, model and product together; numbers of labels."""

    connection_id = IntegerField()
    day = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    workspace = IntegerField()
    product = IntegerField()

    class Meta:
        """The key serves `the cells of these days`, and among them those of some callers."""

        table_name = "day_cell"
        primary_key = CompositeKey("connection_id", "day", "caller", "model", "workspace", "product")
        without_rowid = True


class CellDay(Table):
    """A UTC day whose cells we have, even if it has none because nothing was spent."""

    connection_id = IntegerField()
    day = IntegerField()

    class Meta:
        """The key serves `which of these days have their cells`."""

        table_name = "cell_day"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class AssignmentRow(Table):
    """A key that an admin assigned to an engineer."""

    connection_id = IntegerField()
    key_id = TextField()
    owner_id = TextField()
    assigned_by = TextField()  # a Slack user id
    assigned_at = MomentField()

    class Meta:
        """Every read is of all assignments of a connection."""

        table_name = "assignment"
        primary_key = CompositeKey("connection_id", "key_id")
        without_rowid = True


class ActivityColumns(Table):
    """The columns of Claude Code's activity, in the order of `CodeActivity`."""

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


class ActivityRow(ActivityColumns):
    """One UTC day's activity of a person or key name, by plan and model or tool; numbers of labels."""

    connection_id = IntegerField()
    day = IntegerField()
    who = IntegerField()
    plan = IntegerField()
    model = IntegerField()
    tool = IntegerField()

    class Meta:
        """The key serves `replace this day` and `the activity of these days`."""

        table_name = "code_activity"
        primary_key = CompositeKey("connection_id", "day", "who", "plan", "model", "tool")
        without_rowid = True


class ActivityRollup(ActivityColumns):
    """A day's, a week's or a month's activity by one dimension, read by answers."""

    connection_id = IntegerField()
    dimension = SmallIntegerField()
    slot = IntegerField()
    member = IntegerField()
    plan = IntegerField()

    class Meta:
        """The key serves `these slots by this dimension`; slots: see `storage.engine.time_buckets`."""

        table_name = "code_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "slot", "member", "plan")
        without_rowid = True


class EntryRow(Table):
    """A directory entry: the name behind an id, kept after the provider no longer lists it."""

    connection_id = IntegerField()
    id = TextField()
    kind = TextField()
    name = TextField()
    created_at = MomentField(null=True)  # null: the list does not say; the same for the other columns
    email = TextField(null=True)
    status = TextField(null=True)
    workspace_id = TextField(null=True)
    owner_id = TextField(null=True)
    hint = TextField(null=True)
    owner_is = TextField(null=True)

    class Meta:
        """Every read is of all entries of a connection; every write is of one."""

        table_name = "directory"
        primary_key = CompositeKey("connection_id", "id")
        without_rowid = True


class RestatementRow(Table):
    """A finished day's bill that changed after we first had it."""

    id = AutoField()
    connection_id = IntegerField()
    day = DayField()
    before = MoneyField()
    after = MoneyField()
    noticed_at = MomentField()

    class Meta:
        """The index serves `the latest restatements`."""

        table_name = "restatement"
        indexes = ((("connection_id", "noticed_at"), False),)


class AccuracyRow(Table):
    """A finished day's estimate, and its first bill."""

    connection_id = IntegerField()
    day = DayField()
    estimated = MoneyField()
    billed = MoneyField()

    class Meta:
        """The key serves `the last thirty days`."""

        table_name = "accuracy"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class ForecastRow(Table):
    """A forecast of what a period would cost, made on a day of it or before, and what it did cost."""

    connection_id = IntegerField()
    start_day = DayField()
    end_day = DayField()
    made_on = DayField()
    low = MoneyField()
    high = MoneyField()
    outcome = MoneyField(null=True)  # null: the period is not over and billed yet

    class Meta:
        """The key serves `is there one of today`, and `the forecasts of past periods`."""

        table_name = "forecast"
        primary_key = CompositeKey("connection_id", "start_day", "end_day", "made_on")
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
    month_day = IntegerField(default=1)  # of a monthly one; 29 and later mean the last day
    working_days_only = BooleanField(default=False)
    scope = TextField(default="whole")  # state/scopes.py has its forms
    naming = TextField(default="names")  # names | initials | totals
    set_up_by = TextField()
    next_at = MomentField()
    paused = TextField(default="")  # why, in words; "": not paused
    audience = TextField(default="")  # private | public | shared: the channel's readers, as agreed to
    trouble = TextField(default="")  # why we could not post the last one; "": we posted it
    minimum = IntegerField(default=0)  # whole dollars: digests of no more are not posted; 0: all are
    in_thread = BooleanField(default=False)  # whether a second message with the tables follows in the thread

    class Meta:
        """Indexes for `the digests of this team`, `which are due`, and against a second identical digest."""

        table_name = "subscription"
        indexes = (
            (("team_id",), False),
            (("next_at",), False),
            (("team_id", "channel_id", "kind", "scope"), True),
        )


class PostRow(Table):
    """The outbox: a message to send exactly once, even if the process that sends it is killed."""

    id = AutoField()
    team_id = TextField()
    key = TextField(unique=True)  # so that a message is entered once: `digest:7:2026-11-21`
    kind = TextField()
    subject = TextField()  # what to render: state/subjects.py has its forms
    channel = TextField()
    due_at = MomentField()
    give_up_waiting_at = MomentField()  # when a digest stops waiting for the bill
    organization_id = TextField(default="")  # the organization of a digest, by the provider's id
    state = TextField()  # due | sending | sent | uncertain | held | dropped | untold
    estimated = BooleanField(default=False)  # sent before the bill was in: to correct when it is
    ts = TextField(default="")
    sent_to = TextField(default="")  # the channel of the message, which for a person's id is a direct message
    attempts = IntegerField(default=0)
    faults = IntegerField(default=0)  # how often a bug of ours, or a kill, ended the sending
    claimed_by = TextField(default="")
    claimed_until = MomentField(null=True)  # null: unclaimed

    class Meta:
        """Indexes for `which are due`, `which to correct`, `the first here?` and `who else got this?`."""

        table_name = "post"
        indexes = (
            (("state", "due_at"), False),
            (("state", "estimated", "due_at"), False),
            (("team_id", "channel"), False),
            (("team_id", "subject"), False),
        )


class IncidentRow(Table):
    """A problem with a beginning and an end."""

    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    detail = TextField()
    opened_at = MomentField()
    closed_at = MomentField(null=True)  # null: still open
    closed = IntegerField(default=0)  # 0 while it is open, then its id: any number of a kind can be closed

    class Meta:
        """The index allows one open incident of each kind."""

        table_name = "incident"
        indexes = ((("connection_id", "kind", "closed"), True),)


class AccessRow(Table):
    """A team's settings: who can see what, and the calendar of its figures. Without a row, the defaults."""

    team_id = TextField(primary_key=True)
    cost = TextField()  # everybody | admins | the id of a Slack user group
    cost_handle = TextField()  # the group's name; "": no group
    names = TextField()  # as in `cost`
    names_handle = TextField()
    channels = TextField()  # ids of channels for digests, separated by blanks; `*` is every channel
    naming = TextField()  # ids of channels for digests with names, as in `channels`
    decided_by = TextField()  # a Slack user id; "": nobody has decided yet
    decided_at = MomentField()  # the epoch: nobody has
    calendar = TextField(default="UTC")  # whose days figures are of: a time zone's name
    fiscal_month = SmallIntegerField(default=0)  # the first of the fiscal year; 0: no admin set one

    class Meta:
        """One row per team."""

        table_name = "access"


class AuditRow(Table):
    """An act of a person, the terminal or the bot; written once, never changed."""

    id = AutoField()
    team_id = TextField()
    who = TextField()  # a Slack user id, else one of `audit.TERMINAL` and `audit.US`
    what = TextField()
    detail = TextField()
    at = MomentField()

    class Meta:
        """The index serves `the latest of this team` and `delete the oldest`."""

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
        """The index serves `the installation of this team, else of its enterprise`."""

        table_name = "installation"
        indexes = ((("team_id", "enterprise_id"), True),)


class GridTeamRow(Table):
    """A Slack team that its Enterprise Grid's installation serves."""

    team_id = TextField(primary_key=True)
    enterprise_id = TextField()

    class Meta:
        """The key serves `the enterprise of this team`."""

        table_name = "grid_team"


class UninstallRow(Table):
    """A Slack team that removed the app, and when we delete its data."""

    team_id = TextField(primary_key=True)
    enterprise_id = TextField()
    delete_at = MomentField()

    class Meta:
        """The rows are few."""

        table_name = "departure"


class OneTimeTokenRow(Table):
    """A permission to do one thing, once and before it expires, for the holder of the hashed token."""

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
        """The key serves `the token with this hash`."""

        table_name = "ticket"


class HomeViewRow(Table):
    """A person whose Home tab shows figures, since when, and how far the import was then, in quarters."""

    team_id = TextField()
    user_id = TextField()
    shown_at = MomentField()
    quarter = IntegerField(default=4)

    class Meta:
        """The key serves `the people of this team`."""

        table_name = "home"
        primary_key = CompositeKey("team_id", "user_id")


class InquiryRow(Table):
    """A message in which somebody asks us something, answered once; its text is kept until then."""

    team_id = TextField()
    channel = TextField()
    ts = TextField()  # Slack's id of the message within its channel
    thread_ts = TextField()  # the thread that it stands in; "": none
    user_id = TextField()
    text = TextField()
    state = TextField()  # see `storage.state.talk.inquiries`
    claimed_by = TextField()
    claimed_until = MomentField()
    sent_to = TextField(default="")  # the channel in which the answer can be looked up; "": nowhere
    tries = SmallIntegerField(default=1)  # claims so far
    asked_at = MomentField()

    class Meta:
        """The key serves `this message`, the index `those whose claim has run out`."""

        table_name = "inquiry"
        primary_key = CompositeKey("team_id", "channel", "ts")
        indexes = ((("state", "claimed_until"), False),)


class DeclinedOfferRow(Table):
    """Something that was offered to a team's admins and that one of them turned down."""

    team_id = TextField()
    offer = TextField()
    declined_by = TextField()
    declined_at = MomentField()

    class Meta:
        """The key serves `did this team turn it down`."""

        table_name = "declined_offer"
        primary_key = CompositeKey("team_id", "offer")


class WitnessRow(Table):
    """The latest time that a machine has seen: if its clock shows an earlier time, it was set back."""

    machine = TextField(primary_key=True)
    seen_at = MomentField()

    class Meta:
        """The rows are few."""

        table_name = "witness"


class IngestTokenRow(Table):
    """What a telemetry client sends as bearer: a hash of it, and whose it is."""

    id = AutoField()
    connection_id = IntegerField()
    name = TextField()
    token_hash = TextField(unique=True)
    hint = TextField()  # its last four characters
    is_managed = BooleanField()  # only settings that nobody can override send it
    issued_by = TextField()  # a Slack user id; "" from the command line
    issued_at = MomentField()
    used_at = MomentField(null=True)  # null: not used yet
    revoked_at = MomentField(null=True)  # null: it is good
    tested_at = MomentField(null=True)  # when a test span came last

    class Meta:
        """Found by the hash; a name is one token's at a time, which the functions see to."""

        table_name = "ingest_token"
        indexes = ((("connection_id", "name"), False),)


class IngestAttributeRow(Table):
    """A resource attribute that a team wants to see lines of."""

    connection_id = IntegerField()
    name = TextField()

    class Meta:
        """Few, read whole."""

        table_name = "ingest_attribute"
        primary_key = CompositeKey("connection_id", "name")
        without_rowid = True


class TelemetryDestinationRow(Table):
    """The destination that we made at Anthropic for the API's own telemetry, and how it was last."""

    connection_id = IntegerField(primary_key=True)
    destination_id = TextField()
    token_id = IntegerField()
    state = TextField()  # enabled, or why it is not
    detail = TextField()  # Anthropic's last error message
    created_by = TextField()  # a Slack user id; "" from the command line
    checked_at = MomentField()

    class Meta:
        """One of a team."""

        table_name = "telemetry_destination"


class TelemetryOddityRow(Table):
    """How many records of a UTC day came from clocks that are ahead, or too late to be counted."""

    connection_id = IntegerField()
    day = DayField()
    early = IntegerField()
    late = IntegerField()

    class Meta:
        """The key serves `what was odd lately`."""

        table_name = "telemetry_oddity"
        primary_key = CompositeKey("connection_id", "day")
        without_rowid = True


class TelemetryErasedRow(Table):
    """A hash of what somebody was called who was erased, so that late copies do not bring them back."""

    connection_id = IntegerField()
    digest = TextField()
    erased_at = MomentField()

    class Meta:
        """Few, read whole."""

        table_name = "telemetry_erased"
        primary_key = CompositeKey("connection_id", "digest")
        without_rowid = True


class TelemetryBatchRow(Table):
    """The records of one body, stripped, until they are counted."""

    id = AutoField()
    connection_id = IntegerField()
    received_at = BigIntegerField()  # nanoseconds, as the records' own times
    body = BlobField()
    is_managed = BooleanField(default=False)  # its token's
    faults = SmallIntegerField(default=0)  # how often counting it has failed

    class Meta:
        """Read in the order of arrival."""

        table_name = "telemetry_batch"
        indexes = ((("connection_id", "id"), False),)


class TelemetryOriginRow(Table):
    """For whom and on what requests were made: few combinations, many requests."""

    id = AutoField()
    connection_id = IntegerField()
    digest = TextField()
    body = BlobField()

    class Meta:
        """Found by digest when written, by id when read."""

        table_name = "telemetry_origin"
        indexes = ((("connection_id", "digest"), True),)


class TelemetrySessionRow(Table):
    """A session, or the installation or person of a sender that tells none."""

    id = AutoField()
    connection_id = IntegerField()
    name = TextField()
    started_at = MomentField()
    last_at = MomentField()
    engineer = TextField()  # an identity; "": unknown, so for the next four
    product = TextField()
    model = TextField()
    repository = TextField()
    skill = TextField()
    requests = IntegerField()
    cost = MoneyField()
    lines = BlobField()  # the lines of each dimension that it is counted in

    class Meta:
        """Found by name; `active now` and a month by the last use, a year by cost, one's own by person."""

        table_name = "telemetry_session"
        indexes = (
            (("connection_id", "name"), True),
            (("connection_id", "last_at"), False),
            (("connection_id", "cost"), False),
            (("connection_id", "engineer", "last_at"), False),
        )


class TelemetryUseRow(Table):
    """A request or an export of metrics, as long as it can come again; times in nanoseconds."""

    connection_id = IntegerField()
    key = TextField()
    session_id = IntegerField()  # 0: none
    is_request = BooleanField()
    started = BigIntegerField()
    ended = BigIntegerField()
    counted_at = BigIntegerField()
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    exactness = SmallIntegerField()
    client_cost = MoneyField(null=True)  # null: the sender has no figure
    origin_id = IntegerField()
    deeds = TextField()  # numbers with spaces between; "": none
    counts = BooleanField()  # its tokens and dollars are in the totals

    class Meta:
        """The key finds a repetition; the index the uses around a stretch of a session."""

        table_name = "telemetry_use"
        primary_key = CompositeKey("connection_id", "key")
        without_rowid = True
        indexes = ((("connection_id", "session_id", "ended"), False),)


class TelemetryStreamRow(Table):
    """The largest value of a cumulative stream, as long as it lives."""

    connection_id = IntegerField()
    series = TextField()
    started = BigIntegerField()
    value = DoubleField()
    at = BigIntegerField()

    class Meta:
        """The key serves every point of the stream."""

        table_name = "telemetry_stream"
        primary_key = CompositeKey("connection_id", "series", "started")
        without_rowid = True


class TelemetryLinkRow(Table):
    """Whose an account or an installation is."""

    connection_id = IntegerField()
    identity = TextField()
    email = TextField()
    assigned_by = TextField()  # a Slack user id; "": its own telemetry says so

    class Meta:
        """Read whole."""

        table_name = "telemetry_link"
        primary_key = CompositeKey("connection_id", "identity")
        without_rowid = True


class TelemetryCommitRow(Table):
    """A commit that Claude Code made."""

    connection_id = IntegerField()
    revision = TextField()
    committed_at = MomentField()
    session_id = IntegerField()  # 0: none
    origin_id = IntegerField()

    class Meta:
        """The key counts it once; the index serves `the commits of a period`."""

        table_name = "telemetry_commit"
        primary_key = CompositeKey("connection_id", "revision")
        without_rowid = True
        indexes = ((("connection_id", "committed_at"), False),)


class TelemetryLineRow(Table):
    """A line of a dimension, or one beyond the bound, which is counted as part of `other`."""

    id = AutoField()
    connection_id = IntegerField()
    dimension = IntegerField()
    name = TextField()
    is_other = BooleanField()
    trust = SmallIntegerField(default=0)  # an engineer's, by its place in `claude.people.TRUSTS`

    class Meta:
        """Found by name when written, by id when read."""

        table_name = "telemetry_line"
        indexes = ((("connection_id", "dimension", "name"), True),)


class TelemetryRollup(Table):
    """A day's or a block's telemetry on one line, in the order of `claude.measures.MEASURES`."""

    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    by_list = MoneyField()
    by_client = MoneyField()
    client_cost = MoneyField()
    unpriced = BigIntegerField()
    requests = BigIntegerField()
    sessions = BigIntegerField()
    lines_added = BigIntegerField()
    lines_removed = BigIntegerField()
    commits = BigIntegerField()
    pull_requests = BigIntegerField()
    accepted = BigIntegerField()
    rejected = BigIntegerField()
    active_ms = BigIntegerField()
    connection_id = IntegerField()
    dimension = IntegerField()
    slot = IntegerField()
    line = IntegerField()

    class Meta:
        """The key serves `this dimension over these slots`: see `storage.engine.time_buckets`."""

        table_name = "telemetry_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "slot", "line")
        without_rowid = True


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
    DayCell,
    CellDay,
    AssignmentRow,
    ActivityRow,
    ActivityRollup,
    EntryRow,
    NotOfferedRow,
    NoteRow,
    RestatementRow,
    AccuracyRow,
    ForecastRow,
    SubscriptionRow,
    PostRow,
    IncidentRow,
    AccessRow,
    AuditRow,
    InstallationRow,
    GridTeamRow,
    UninstallRow,
    OneTimeTokenRow,
    HomeViewRow,
    InquiryRow,
    DeclinedOfferRow,
    WitnessRow,
    IngestTokenRow,
    IngestAttributeRow,
    TelemetryDestinationRow,
    TelemetryOddityRow,
    TelemetryErasedRow,
    TelemetryBatchRow,
    TelemetryOriginRow,
    TelemetrySessionRow,
    TelemetryUseRow,
    TelemetryStreamRow,
    TelemetryLinkRow,
    TelemetryCommitRow,
    TelemetryLineRow,
    TelemetryRollup,
)
