-- Feedback, evaluation and rewards (from VI.5 to completion).

CREATE TABLE survey (
    LIKE programme_record_template INCLUDING ALL,
    side text NOT NULL CHECK (side IN ('mentor', 'mentee')),
    moment text NOT NULL CHECK (moment IN ('before', 'after')),
    questionnaire text NOT NULL CHECK (length(questionnaire) BETWEEN 1 AND 100),
    responsible_id bigint,
    scheduled_on date,
    closes_on date,
    closed_at timestamptz,
    CONSTRAINT survey_days CHECK (closes_on >= scheduled_on)
);
COMMENT ON TABLE survey IS 'One side''s questionnaire at one moment of the programme; a wave is the two surveys of one moment.';
COMMENT ON COLUMN survey.closed_at IS 'The cut-off: nothing is answered after it.';
CREATE TABLE invitation (
    LIKE programme_record_template INCLUDING ALL,
    survey_id bigint NOT NULL,
    mentor_id bigint,
    mentee_id bigint,
    sent_at timestamptz,
    answered_at timestamptz,
    CONSTRAINT invitation_who CHECK (num_nonnulls(mentor_id, mentee_id) = 1)
);
CREATE TABLE answer (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    survey_id bigint NOT NULL,
    invitation_id bigint NOT NULL,
    question text NOT NULL CHECK (length(question) BETWEEN 1 AND 100),
    value smallint CHECK (value BETWEEN 0 AND 10),
    words text CHECK (length(words) BETWEEN 1 AND 2000),
    PRIMARY KEY (municipality_id, invitation_id, question),
    CONSTRAINT answer_one CHECK (num_nonnulls(value, words) = 1),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id)
);
COMMENT ON COLUMN answer.value IS 'Scales 1-10; no = 0, yes = 1. The API checks it against the questionnaire.';

CREATE TABLE criterion_rating (
    LIKE programme_record_template INCLUDING ALL,
    criterion text NOT NULL CHECK (length(criterion) BETWEEN 1 AND 60),
    value smallint NOT NULL CHECK (value BETWEEN 0 AND 2),
    note text CHECK (length(note) <= 1000)
);
CREATE TABLE conclusion (
    LIKE programme_record_template INCLUDING ALL,
    subject text NOT NULL CHECK (subject IN ('feedback', 'monitoring', 'effectiveness')),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    author_id bigint NOT NULL,
    signed_on date
);
CREATE TABLE reflection (
    LIKE programme_record_template INCLUDING ALL,
    held_on date NOT NULL,
    participants integer NOT NULL CHECK (participants BETWEEN 1 AND 100000),
    conclusions text NOT NULL CHECK (length(conclusions) BETWEEN 1 AND 5000)
);
CREATE TABLE reward_rules (
    LIKE programme_record_template INCLUDING ALL,
    weights jsonb NOT NULL CHECK (jsonb_typeof(weights) = 'object'),
    minimum_meetings smallint NOT NULL CHECK (minimum_meetings BETWEEN 0 AND 500),
    minimum_answers smallint NOT NULL DEFAULT 0 CHECK (minimum_answers BETWEEN 0 AND 500),
    tie_rule text NOT NULL CHECK (length(tie_rule) BETWEEN 1 AND 60),
    places smallint NOT NULL DEFAULT 3 CHECK (places BETWEEN 1 AND 100),
    frozen_at timestamptz,
    changed_after_results boolean NOT NULL DEFAULT false,
    replaces_id bigint,
    reopen_reason text CHECK (length(reopen_reason) BETWEEN 1 AND 1000),
    CONSTRAINT reward_rules_reopened CHECK ((replaces_id IS NULL) = (reopen_reason IS NULL))
);
COMMENT ON COLUMN reward_rules.frozen_at IS 'From here on the row does not change; a later version is a new row.';
CREATE TABLE reward_approval (
    LIKE programme_record_template INCLUDING ALL,
    result_id bigint NOT NULL,
    approved_on date NOT NULL,
    document text CHECK (length(document) <= 300)
);
CREATE TABLE celebration (
    LIKE programme_record_template INCLUDING ALL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    held_on date NOT NULL
);
CREATE TABLE popularisation (
    LIKE programme_record_template INCLUDING ALL,
    kind text NOT NULL CHECK (kind IN ('site', 'media', 'case', 'event', 'social_network', 'other')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    published_on date NOT NULL,
    link text CHECK (length(link) <= 1000)
);
SELECT make_record(t::regclass, true) FROM unnest(ARRAY['survey', 'invitation', 'criterion_rating', 'conclusion', 'reflection',
    'reward_rules', 'reward_approval', 'celebration', 'popularisation']) AS t;
ALTER TABLE survey ADD FOREIGN KEY (municipality_id, school_id, responsible_id) REFERENCES person (municipality_id, school_id, id);
CREATE UNIQUE INDEX survey_once ON survey (municipality_id, programme_id, side, moment) WHERE ended_at IS NULL;
ALTER TABLE invitation
    ADD FOREIGN KEY (municipality_id, programme_id, survey_id) REFERENCES survey (municipality_id, programme_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor (municipality_id, programme_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee (municipality_id, programme_id, id);
CREATE UNIQUE INDEX invitation_mentor_once ON invitation (municipality_id, survey_id, mentor_id) WHERE ended_at IS NULL AND mentor_id IS NOT NULL;
CREATE UNIQUE INDEX invitation_mentee_once ON invitation (municipality_id, survey_id, mentee_id) WHERE ended_at IS NULL AND mentee_id IS NOT NULL;
ALTER TABLE answer ADD FOREIGN KEY (municipality_id, programme_id, invitation_id) REFERENCES invitation (municipality_id, programme_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, survey_id) REFERENCES survey (municipality_id, programme_id, id);
CREATE INDEX answer_counts ON answer (municipality_id, programme_id, survey_id, question, value) INCLUDE (school_id, invitation_id);
SELECT protect_tenant('answer', true);
GRANT SELECT ON answer TO nastavnik_api, nastavnik_engine, nastavnik_auditor;
GRANT SELECT, INSERT ON answer TO nastavnik_respondent;

CREATE UNIQUE INDEX criterion_rating_once ON criterion_rating (municipality_id, programme_id, criterion) WHERE ended_at IS NULL;
ALTER TABLE conclusion ADD FOREIGN KEY (municipality_id, school_id, author_id) REFERENCES person (municipality_id, school_id, id);
-- One draft at a time, and one successor of each frozen version; what is frozen is only ever ended.
ALTER TABLE reward_rules ADD FOREIGN KEY (municipality_id, programme_id, replaces_id) REFERENCES reward_rules (municipality_id, programme_id, id);
CREATE UNIQUE INDEX reward_rules_one_draft ON reward_rules (municipality_id, programme_id) WHERE ended_at IS NULL AND frozen_at IS NULL;
CREATE UNIQUE INDEX reward_rules_one_frozen ON reward_rules (municipality_id, programme_id) WHERE ended_at IS NULL AND frozen_at IS NOT NULL;
CREATE FUNCTION keep_frozen_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{ended_at,end_reason,version,updated_at}'::text[])
        <> (to_jsonb(OLD) - '{ended_at,end_reason,version,updated_at}'::text[]) THEN
        RAISE EXCEPTION 'frozen reward rules do not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_frozen BEFORE UPDATE ON reward_rules FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION keep_frozen_rules();
CREATE UNIQUE INDEX reward_approval_once ON reward_approval (municipality_id, programme_id, result_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX conclusion_once ON conclusion (municipality_id, programme_id, subject) WHERE ended_at IS NULL;
ALTER TABLE reward_approval ADD FOREIGN KEY (municipality_id, programme_id, result_id) REFERENCES result (municipality_id, programme_id, id);

-- What a personal link may touch: the one row it is about, and nothing else of the school. The purpose is said by the
-- route that serves it (app_purpose), so a link to a pair opens no invitation that happens to have the pair's number.
CREATE FUNCTION app_purpose() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('app.purpose', true), '') $$;
GRANT SELECT, UPDATE (answered_at, version, updated_at) ON invitation TO nastavnik_respondent;
GRANT SELECT ON survey, pair TO nastavnik_respondent;
GRANT SELECT, INSERT ON meeting TO nastavnik_respondent;
GRANT SELECT, UPDATE (mentee_agreed_on, guardian_agreed_on, version, updated_at) ON pair_member TO nastavnik_respondent;
CREATE POLICY one_subject ON invitation AS RESTRICTIVE TO nastavnik_respondent
    USING ((SELECT app_purpose()) = 'answer' AND id = (SELECT app_subject_id()));
CREATE POLICY one_subject ON survey AS RESTRICTIVE TO nastavnik_respondent
    USING (id = (SELECT i.survey_id FROM invitation i WHERE i.id = app_subject_id()));
CREATE POLICY one_subject ON answer AS RESTRICTIVE TO nastavnik_respondent
    USING ((SELECT app_purpose()) = 'answer' AND invitation_id = (SELECT app_subject_id()))
    WITH CHECK ((SELECT app_purpose()) = 'answer' AND invitation_id = (SELECT app_subject_id()));
CREATE POLICY one_subject ON meeting AS RESTRICTIVE TO nastavnik_respondent
    USING ((SELECT app_purpose()) = 'log_meeting' AND pair_id = (SELECT app_subject_id()))
    WITH CHECK ((SELECT app_purpose()) = 'log_meeting' AND pair_id = (SELECT app_subject_id()));
CREATE POLICY one_subject ON pair_member AS RESTRICTIVE TO nastavnik_respondent
    USING ((SELECT app_purpose()) IN ('confirm_pair', 'confirm_pair_guardian') AND id = (SELECT app_subject_id()));
CREATE POLICY one_subject ON pair AS RESTRICTIVE TO nastavnik_respondent
    USING (id = CASE WHEN (SELECT app_purpose()) = 'log_meeting' THEN (SELECT app_subject_id())
                WHEN (SELECT app_purpose()) IN ('confirm_pair', 'confirm_pair_guardian')
                    THEN (SELECT m.pair_id FROM pair_member m WHERE m.id = app_subject_id()) END);

-- The role of links sees no people, so it asks whether the consent behind the link's row is still in force: a
-- withdrawal stops the link at once. One boolean about one row.
CREATE FUNCTION subject_may_act() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH subject AS (
        SELECT coalesce(t.person_id, r.person_id) AS person_id
        FROM invitation i
        LEFT JOIN mentee t ON t.municipality_id = i.municipality_id AND t.id = i.mentee_id AND t.ended_at IS NULL
        LEFT JOIN mentor r ON r.municipality_id = i.municipality_id AND r.id = i.mentor_id AND r.ended_at IS NULL
        WHERE app_purpose() = 'answer' AND i.municipality_id = app_municipality_id() AND i.id = app_subject_id()
        UNION ALL
        SELECT t.person_id FROM pair_member m
        JOIN mentee t ON t.municipality_id = m.municipality_id AND t.id = m.mentee_id AND t.ended_at IS NULL
        WHERE app_purpose() IN ('confirm_pair', 'confirm_pair_guardian') AND m.municipality_id = app_municipality_id() AND m.id = app_subject_id()
    )
    SELECT EXISTS (
        SELECT FROM subject s
        JOIN person p ON p.municipality_id = app_municipality_id() AND p.id = s.person_id AND p.ended_at IS NULL
        JOIN municipality u ON u.id = p.municipality_id
        JOIN consent c ON c.municipality_id = p.municipality_id AND c.person_id = p.id
        WHERE c.kind = 'processing' AND c.ended_at IS NULL AND c.given_on <= (app_now() AT TIME ZONE u.timezone)::date
          AND coalesce(c.valid_until >= (app_now() AT TIME ZONE u.timezone)::date, true)
          AND coalesce(c.withdrawn_on > (app_now() AT TIME ZONE u.timezone)::date, true))
$$;
REVOKE ALL ON FUNCTION subject_may_act() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION subject_may_act() TO nastavnik_respondent;
