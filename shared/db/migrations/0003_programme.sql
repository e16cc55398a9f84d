-- One school's programme of one school year: state, history, and what stages I and II are shown by.

CREATE TABLE pack (
    municipality_id bigint NOT NULL REFERENCES municipality,
    code text NOT NULL CHECK (code ~ '^[a-z0-9_]{1,60}$'),
    version integer NOT NULL CHECK (version BETWEEN 1 AND 9999),
    checksum text NOT NULL CHECK (length(checksum) = 64),
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint,
    PRIMARY KEY (municipality_id, code, version)
);
COMMENT ON TABLE pack IS 'A municipality''s own packs; shipped packs come with the program. Never changed.';
SELECT protect_tenant('pack', false);
GRANT SELECT, INSERT ON pack TO nastavnik_api;
GRANT SELECT ON pack TO nastavnik_engine, nastavnik_respondent, nastavnik_auditor;

CREATE TABLE programme (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_year smallint NOT NULL CHECK (school_year BETWEEN 2000 AND 2099),
    pack_code text NOT NULL,
    pack_version integer NOT NULL,
    stage text NOT NULL CHECK (length(stage) <= 60),
    resume_stage text,
    version integer NOT NULL DEFAULT 1,
    inputs_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, id),
    UNIQUE (municipality_id, school_id, id),
    FOREIGN KEY (municipality_id, school_id) REFERENCES school (municipality_id, id),
    CONSTRAINT programme_resume CHECK ((stage = 'suspended') = (resume_stage IS NOT NULL))
) WITH (fillfactor = 70);
COMMENT ON COLUMN programme.version IS 'Number of the last event: transitions alone move it.';
COMMENT ON COLUMN programme.inputs_version IS 'Grows with every fact that a computed result rests on.';
CREATE UNIQUE INDEX programme_one_a_year ON programme (municipality_id, school_id, school_year) WHERE stage <> 'cancelled';
SELECT protect_tenant('programme', true);
GRANT SELECT, INSERT ON programme TO nastavnik_api;
GRANT UPDATE (stage, resume_stage, version, inputs_version) ON programme TO nastavnik_api;
GRANT SELECT ON programme TO nastavnik_engine, nastavnik_respondent, nastavnik_auditor;
GRANT UPDATE (inputs_version) ON programme TO nastavnik_engine, nastavnik_respondent;

CREATE TABLE programme_event (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    trigger text NOT NULL,
    src text,
    dst text NOT NULL,
    actor_id bigint NOT NULL,
    body text NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (municipality_id, programme_id, seq),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id)
);
COMMENT ON COLUMN programme_event.body IS 'Canonical JSON as text (jsonb would reorder keys): all columns, the guard report, the reason''s commitment.';
COMMENT ON COLUMN programme_event.hash IS 'SHA-256 of prev_hash and body.';
SELECT protect_tenant('programme_event', true);
GRANT SELECT, INSERT ON programme_event TO nastavnik_api;
GRANT SELECT ON programme_event TO nastavnik_engine, nastavnik_auditor;

CREATE TABLE event_reason (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    seq integer NOT NULL,
    salt bytea NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    PRIMARY KEY (municipality_id, programme_id, seq),
    FOREIGN KEY (municipality_id, programme_id, seq) REFERENCES programme_event
);
COMMENT ON TABLE event_reason IS 'Free text apart from the chain: erasure removes it and its salt, the chain still verifies.';
SELECT protect_tenant('event_reason', true);
GRANT SELECT, INSERT, DELETE ON event_reason TO nastavnik_api;
GRANT SELECT ON event_reason TO nastavnik_engine, nastavnik_auditor;

CREATE TABLE fulfilment (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    activity_key text NOT NULL,
    fulfilled_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (municipality_id, programme_id, activity_key),
    FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme (municipality_id, school_id, id)
);
COMMENT ON TABLE fulfilment IS 'The first time an activity''s guards were true; kept for good.';
COMMENT ON COLUMN fulfilment.fulfilled_on IS 'Local date; of the documents where documents show it.';
SELECT protect_tenant('fulfilment', true);
GRANT SELECT, INSERT ON fulfilment TO nastavnik_api;
GRANT SELECT ON fulfilment TO nastavnik_engine, nastavnik_auditor;

CREATE TABLE person (
    LIKE record_template INCLUDING ALL,
    kind text NOT NULL CHECK (kind IN ('pupil', 'teacher', 'psychologist', 'staff', 'parent', 'outside')),
    family_name text NOT NULL CHECK (length(family_name) BETWEEN 1 AND 100),
    given_name text NOT NULL CHECK (length(given_name) BETWEEN 1 AND 100),
    patronymic text CHECK (length(patronymic) <= 100),
    birth_on date,
    is_young_specialist boolean NOT NULL DEFAULT false,
    contact text CHECK (length(contact) <= 300),
    representative text CHECK (length(representative) <= 300)
);
SELECT make_record('person', false);
-- Partial, so that a foreign key's check cannot take it: before the first ANALYZE it ties with the key's own index
-- and reads the whole school for each row of an import.
CREATE INDEX person_name ON person (municipality_id, school_id, family_name, given_name) WHERE ended_at IS NULL;

CREATE TABLE person_grade (
    LIKE record_template INCLUDING ALL,
    person_id bigint NOT NULL,
    school_year smallint NOT NULL CHECK (school_year BETWEEN 2000 AND 2099),
    grade smallint NOT NULL CHECK (grade BETWEEN 1 AND 12),
    class_letter text CHECK (length(class_letter) <= 5)
);
SELECT make_record('person_grade', false);
ALTER TABLE person_grade ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id);
CREATE UNIQUE INDEX person_grade_year ON person_grade (municipality_id, person_id, school_year) WHERE ended_at IS NULL;

CREATE TABLE consent (
    LIKE record_template INCLUDING ALL,
    person_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('processing', 'publication', 'photo', 'transfer', 'psych')),
    given_by text NOT NULL CHECK (given_by IN ('self', 'representative')),
    representative text CHECK (length(representative) <= 300),
    given_on date NOT NULL,
    valid_until date,
    document text NOT NULL CHECK (length(document) BETWEEN 1 AND 300),
    withdrawn_on date,
    CONSTRAINT consent_term CHECK (valid_until >= given_on),
    CONSTRAINT consent_withdrawal CHECK (withdrawn_on >= given_on),
    CONSTRAINT consent_representative CHECK (given_by = 'self' OR representative IS NOT NULL)
);
SELECT make_record('consent', false);
ALTER TABLE consent ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id);
CREATE INDEX consent_of ON consent (municipality_id, person_id, kind) INCLUDE (school_id, given_on, valid_until, withdrawn_on) WHERE ended_at IS NULL;

CREATE TABLE evidence (
    LIKE programme_record_template INCLUDING ALL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    kinds text[] NOT NULL CHECK (cardinality(kinds) BETWEEN 1 AND 10),
    activity_keys text[] NOT NULL DEFAULT '{}' CHECK (cardinality(activity_keys) <= 30),
    number text CHECK (length(number) <= 60),
    dated_on date NOT NULL,
    body text NOT NULL CHECK (body IN ('order', 'protocol', 'pedagogical_council', 'act', 'letter', 'other')),
    agreed_by text CHECK (length(agreed_by) <= 300),
    link text CHECK (length(link) <= 1000)
);
COMMENT ON COLUMN evidence.kinds IS 'What the document is: one order may carry several as annexes.';
SELECT make_record('evidence', true);

CREATE TABLE appointment (
    LIKE programme_record_template INCLUDING ALL,
    person_id bigint NOT NULL,
    duty text NOT NULL CHECK (duty IN ('curator', 'member')),
    appointed_on date NOT NULL,
    evidence_id bigint
);
COMMENT ON TABLE appointment IS 'Membership of the working group by the school''s order; apart from login roles.';
CREATE TABLE information (
    LIKE programme_record_template INCLUDING ALL,
    audience text NOT NULL CHECK (audience IN ('staff', 'students', 'parents', 'partners')),
    informed_on date NOT NULL,
    way text NOT NULL CHECK (length(way) BETWEEN 1 AND 300)
);
CREATE TABLE request (
    LIKE programme_record_template INCLUDING ALL,
    audience text NOT NULL CHECK (audience IN ('students', 'teachers', 'young_specialists')),
    topic text NOT NULL CHECK (length(topic) BETWEEN 1 AND 200),
    number_of_people integer NOT NULL CHECK (number_of_people BETWEEN 1 AND 100000),
    collected_on date NOT NULL
);
COMMENT ON TABLE request IS 'Preliminary requests: counts by topic, no names.';
CREATE TABLE goal (
    LIKE programme_record_template INCLUDING ALL,
    kind text NOT NULL CHECK (kind IN ('task', 'form', 'expected_result')),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
    form text CHECK (length(form) <= 60),
    topics text[] NOT NULL DEFAULT '{}' CHECK (cardinality(topics) <= 50),
    CONSTRAINT goal_form CHECK ((kind = 'form') = (form IS NOT NULL)),
    CONSTRAINT goal_topics CHECK (kind = 'expected_result' OR cardinality(topics) = 0)
);
COMMENT ON COLUMN goal.topics IS 'Request topics an expected result answers; mentees with the topic inherit it.';
CREATE TABLE roadmap_approval (
    LIKE programme_record_template INCLUDING ALL,
    approved_on date NOT NULL,
    evidence_id bigint NOT NULL
);
CREATE TABLE activity_plan (
    LIKE programme_record_template INCLUDING ALL,
    activity_key text NOT NULL CHECK (length(activity_key) <= 20),
    responsible_id bigint,
    planned_on date
);
COMMENT ON TABLE activity_plan IS 'A line of the roadmap; all lines are made with the programme.';
CREATE TABLE collection (
    LIKE programme_record_template INCLUDING ALL,
    source text NOT NULL CHECK (source IN ('parents', 'homeroom_teachers', 'psychologists', 'career_tests')),
    outcome text NOT NULL CHECK (outcome IN ('used', 'not_applicable')),
    waiver text CHECK (waiver IN ('not_in_staff', 'no_grades_9_11', 'no_young_specialists', 'form_not_used')),
    collected_on date NOT NULL,
    note text CHECK (length(note) <= 500),
    CONSTRAINT collection_waiver CHECK ((outcome = 'not_applicable') = (waiver IS NOT NULL))
);
CREATE TABLE extension (
    LIKE programme_record_template INCLUDING ALL,
    activity_key text CHECK (length(activity_key) <= 20),
    stage_key text CHECK (length(stage_key) <= 60),
    due_on date NOT NULL,
    document text NOT NULL CHECK (length(document) BETWEEN 1 AND 300),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT extension_scope CHECK (num_nonnulls(activity_key, stage_key) <= 1)
);
COMMENT ON TABLE extension IS 'Granted by the methodist: an activity, a stage, or (neither) all that is left.';

SELECT make_record(t::regclass, true) FROM unnest(ARRAY[
    'appointment', 'information', 'request', 'goal', 'roadmap_approval', 'activity_plan', 'collection', 'extension']) AS t;
ALTER TABLE appointment ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, evidence_id) REFERENCES evidence (municipality_id, programme_id, id);
CREATE UNIQUE INDEX appointment_once ON appointment (municipality_id, programme_id, person_id, duty) WHERE ended_at IS NULL;
ALTER TABLE roadmap_approval ADD FOREIGN KEY (municipality_id, programme_id, evidence_id) REFERENCES evidence (municipality_id, programme_id, id);
ALTER TABLE activity_plan ADD FOREIGN KEY (municipality_id, school_id, responsible_id) REFERENCES person (municipality_id, school_id, id);
CREATE UNIQUE INDEX activity_plan_once ON activity_plan (municipality_id, programme_id, activity_key) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX collection_once ON collection (municipality_id, programme_id, source) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX extension_once ON extension (municipality_id, programme_id, coalesce(activity_key, stage_key, '')) WHERE ended_at IS NULL;
