-- A person's last thumb on an answer, up or down; a reason is given with a thumb down alone.
CREATE TABLE feedback (
    user INTEGER NOT NULL,
    message INTEGER NOT NULL,
    guild INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    question TEXT NOT NULL,
    reason TEXT,
    given INTEGER NOT NULL,
    PRIMARY KEY (user, message)
) WITHOUT ROWID;

CREATE INDEX feedback_by_guild ON feedback (guild, verdict, given);
