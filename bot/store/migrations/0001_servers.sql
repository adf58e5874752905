-- Single values by name: which commands were synced, which version's alerts were told.
CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What a server set with /configurar; guild 0 stands for direct messages.
CREATE TABLE guilds (
    guild INTEGER PRIMARY KEY,
    language TEXT, -- NULL: the asker's
    private INTEGER NOT NULL,
    channels TEXT NOT NULL, -- JSON list of ids; empty: all
    roles TEXT NOT NULL, -- JSON list of ids; empty: everyone
    keep_unanswered INTEGER NOT NULL,
    keep_feedback INTEGER NOT NULL,
    keep_alerts INTEGER NOT NULL
);
