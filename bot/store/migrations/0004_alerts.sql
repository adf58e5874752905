-- Whom to tell, and where, once the articles answer a question.
CREATE TABLE alerts (
    -- An id is never given twice: removing an alert late removes no other.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL,
    guild INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    private INTEGER NOT NULL,
    question TEXT NOT NULL,
    wording TEXT NOT NULL, -- equal for questions that count as one
    language TEXT NOT NULL,
    asked INTEGER NOT NULL,
    UNIQUE (user, channel, wording)
);
