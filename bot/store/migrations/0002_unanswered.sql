-- One row each time that somebody asked what the articles do not say. Moments are Unix seconds, here and below.
CREATE TABLE unanswered (
    id INTEGER PRIMARY KEY,
    guild INTEGER NOT NULL,
    user INTEGER NOT NULL,
    question TEXT NOT NULL,
    wording TEXT NOT NULL, -- equal for questions that count as one
    language TEXT NOT NULL,
    asked INTEGER NOT NULL
);

CREATE INDEX unanswered_by_wording ON unanswered (guild, wording, asked);
CREATE INDEX unanswered_by_user ON unanswered (user);
