-- Pairs and groups and their work (stages V and VI).

CREATE TABLE pair (
    LIKE programme_record_template INCLUDING ALL,
    mentor_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('pair', 'group')),
    form text NOT NULL CHECK (length(form) BETWEEN 1 AND 60),
    role_variant text CHECK (length(role_variant) <= 200),
    format text CHECK (length(format) BETWEEN 1 AND 200),
    starts_on date,
    ends_on date,
    mentor_agreed_on date,
    mentor_guardian_agreed_on date,
    closed_on date,
    outcome text CHECK (outcome IN ('completed', 'early', 'rematched', 'carried_over')),
    goal_attained text CHECK (goal_attained IN ('yes', 'partly', 'no')),
    CONSTRAINT pair_period CHECK (ends_on >= starts_on),
    CONSTRAINT pair_closed CHECK (closed_on >= starts_on),
    CONSTRAINT pair_outcome CHECK ((closed_on IS NULL) = (outcome IS NULL))
);
COMMENT ON COLUMN pair.outcome IS 'How the pair ended; completed is never a kind of cancelled. ended_at stays for rows entered by mistake.';
CREATE TABLE pair_member (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    mentee_id bigint NOT NULL,
    mentee_agreed_on date,
    guardian_agreed_on date
);
CREATE TABLE waiting_entry (
    LIKE programme_record_template INCLUDING ALL,
    mentee_id bigint NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    since_on date NOT NULL
);
CREATE TABLE trait (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    side text NOT NULL CHECK (side IN ('mentor', 'mentee')),
    kind text NOT NULL CHECK (kind IN ('strength', 'growth_area')),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
    noted_on date NOT NULL
);
COMMENT ON TABLE trait IS 'Strengths and growth areas of both sides; a child''s are never shown to a pupil mentor.';
CREATE TABLE pair_goal (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000)
);
CREATE TABLE pair_task (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    goal_id bigint NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    done_on date,
    CONSTRAINT pair_task_period CHECK (ends_on >= starts_on)
);
CREATE TABLE plan_event (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    planned_on date NOT NULL
);
CREATE TABLE specialist (
    LIKE programme_record_template INCLUDING ALL,
    person_id bigint,
    outside_organisation text CHECK (length(outside_organisation) BETWEEN 1 AND 300),
    schedule text NOT NULL CHECK (length(schedule) BETWEEN 1 AND 1000),
    CONSTRAINT specialist_who CHECK (num_nonnulls(person_id, outside_organisation) = 1)
);
CREATE TABLE support (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    mode text NOT NULL CHECK (mode IN ('planned', 'on_request', 'declined')),
    specialist_id bigint,
    decided_on date NOT NULL,
    declined_by text CHECK (length(declined_by) <= 300),
    CONSTRAINT support_specialist CHECK (mode <> 'planned' OR specialist_id IS NOT NULL),
    CONSTRAINT support_declined CHECK ((mode = 'declined') = (declined_by IS NOT NULL))
);
CREATE TABLE meeting (
    LIKE programme_record_template INCLUDING ALL,
    pair_id bigint NOT NULL,
    planned_on date,
    held_on date,
    topic text CHECK (length(topic) <= 300),
    minutes smallint CHECK (minutes BETWEEN 1 AND 1440),
    CONSTRAINT meeting_day CHECK (num_nonnulls(planned_on, held_on) >= 1)
);
COMMENT ON TABLE meeting IS 'A plan needs a trained mentor; a held meeting can always be recorded.';
SELECT make_record(t::regclass, true) FROM unnest(ARRAY['pair', 'pair_member', 'waiting_entry', 'trait', 'pair_goal', 'pair_task',
    'plan_event', 'specialist', 'support', 'meeting']) AS t;
ALTER TABLE pair ADD FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor (municipality_id, programme_id, id);
ALTER TABLE pair_member ADD FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee (municipality_id, programme_id, id);
ALTER TABLE waiting_entry ADD FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee (municipality_id, programme_id, id);
ALTER TABLE specialist ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id);
ALTER TABLE support ADD FOREIGN KEY (municipality_id, programme_id, specialist_id) REFERENCES specialist (municipality_id, programme_id, id);
ALTER TABLE pair_goal ADD UNIQUE (municipality_id, pair_id, id);
ALTER TABLE pair_task ADD FOREIGN KEY (municipality_id, pair_id, goal_id) REFERENCES pair_goal (municipality_id, pair_id, id);
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['pair_member', 'trait', 'pair_goal', 'pair_task', 'plan_event', 'support', 'meeting'] LOOP
        EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair (municipality_id, programme_id, id)', t);
        EXECUTE format('CREATE INDEX %I ON %I (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE ended_at IS NULL', t || '_pair', t);
    END LOOP;
END
$$;
CREATE INDEX pair_mentor ON pair (municipality_id, programme_id, mentor_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX pair_member_once ON pair_member (municipality_id, pair_id, mentee_id) WHERE ended_at IS NULL;
CREATE INDEX pair_member_mentee ON pair_member (municipality_id, programme_id, mentee_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX waiting_entry_once ON waiting_entry (municipality_id, programme_id, mentee_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX support_once ON support (municipality_id, pair_id) WHERE ended_at IS NULL;
