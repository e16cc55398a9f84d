-- What only the school's psychologist and curator see: notes on the support of a pair, and safety cases.

CREATE TABLE support_note (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    noted_on date NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000)
);
COMMENT ON TABLE support_note IS 'The words of a psychologist; that support took place is a row of support, which the guards see.';
CREATE TABLE safety_case (
    LIKE programme_record_template INCLUDING ALL,
    mentee_id bigint NOT NULL,
    origin text NOT NULL DEFAULT 'report' CHECK (origin IN ('survey', 'report')),
    invitation_id bigint,
    opened_on date NOT NULL,
    text text CHECK (length(text) BETWEEN 1 AND 5000),
    reported_to text CHECK (length(reported_to) BETWEEN 1 AND 300),
    reported_on date,
    closed_on date,
    outcome text CHECK (length(outcome) BETWEEN 1 AND 1000),
    CONSTRAINT safety_case_origin CHECK ((origin = 'survey') = (invitation_id IS NOT NULL)),
    CONSTRAINT safety_case_reported CHECK ((reported_to IS NULL) = (reported_on IS NULL)),
    CONSTRAINT safety_case_closed CHECK ((closed_on IS NULL) = (outcome IS NULL)),
    CONSTRAINT safety_case_period CHECK (closed_on >= opened_on)
);
COMMENT ON COLUMN safety_case.origin IS 'survey: an answer at or below the pack''s limit opened it by itself; report: a person did.';
COMMENT ON COLUMN safety_case.reported_to IS 'To whom it was reported («сообщено в …»): police, guardianship, the commission for minors.';
SELECT make_record(t::regclass, true) FROM unnest(ARRAY['support_note', 'safety_case']) AS t;
ALTER TABLE support_note ADD FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair (municipality_id, programme_id, id);
ALTER TABLE safety_case
    ADD FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee (municipality_id, programme_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, invitation_id) REFERENCES invitation (municipality_id, programme_id, id);
CREATE INDEX support_note_pair ON support_note (municipality_id, programme_id, pair_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX safety_case_once ON safety_case (municipality_id, invitation_id) WHERE invitation_id IS NOT NULL;
CREATE INDEX safety_case_open ON safety_case (municipality_id, programme_id, opened_on) WHERE ended_at IS NULL AND closed_on IS NULL;
-- Neither jobs nor checks read the words: that a case is open is enough for a reminder.
REVOKE SELECT ON support_note, safety_case FROM nastavnik_engine, nastavnik_auditor;
GRANT SELECT (municipality_id, school_id, programme_id, id, opened_on, closed_on, ended_at) ON safety_case TO nastavnik_engine;
-- The answer that opens a case is written by the holder of a link, who can read none.
GRANT INSERT (municipality_id, school_id, programme_id, mentee_id, origin, invitation_id, opened_on) ON safety_case TO nastavnik_respondent;
CREATE POLICY one_subject ON safety_case AS RESTRICTIVE TO nastavnik_respondent USING (false)
    WITH CHECK ((SELECT app_purpose()) = 'answer' AND origin = 'survey' AND invitation_id = (SELECT app_subject_id()));
