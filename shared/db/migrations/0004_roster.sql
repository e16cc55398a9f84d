-- The two bases and the choice of mentors (stages II to IV).

CREATE TABLE mentee (
    LIKE programme_record_template INCLUDING ALL,
    person_id bigint NOT NULL,
    topics text[] NOT NULL DEFAULT '{}' CHECK (cardinality(topics) <= 20),
    joined_on date,
    source text CHECK (source IN ('parents', 'homeroom_teachers', 'psychologists', 'career_tests', 'self')),
    wish text CHECK (length(wish) <= 500)
);
COMMENT ON COLUMN mentee.topics IS 'What the mentee asks for; may be filled only while the consent is in force.';
CREATE TABLE mentor (
    LIKE programme_record_template INCLUDING ALL,
    person_id bigint NOT NULL,
    origin text NOT NULL CHECK (origin IN ('teachers', 'pupils_9_11', 'other')),
    form text CHECK (length(form) <= 60),
    capacity smallint CHECK (capacity BETWEEN 1 AND 30),
    competencies text CHECK (length(competencies) <= 1000),
    achievements text CHECK (length(achievements) <= 1000),
    interests text CHECK (length(interests) <= 1000),
    wished_grades text CHECK (length(wished_grades) <= 100),
    hours_per_month smallint CHECK (hours_per_month BETWEEN 0 AND 200),
    joined_on date
);
COMMENT ON TABLE mentor IS 'A candidate until the selection decision, a mentor after it.';
CREATE TABLE criterion (
    LIKE programme_record_template INCLUDING ALL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
    topics text[] NOT NULL DEFAULT '{}' CHECK (cardinality(topics) <= 50),
    is_general boolean NOT NULL DEFAULT false,
    approved_on date NOT NULL,
    CONSTRAINT criterion_scope CHECK (is_general = (cardinality(topics) = 0))
);
CREATE TABLE decision (
    LIKE programme_record_template INCLUDING ALL,
    mentor_id bigint NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('selected', 'reserve', 'declined')),
    decided_on date NOT NULL,
    reason text CHECK (length(reason) <= 1000),
    CONSTRAINT decision_reason CHECK (outcome <> 'declined' OR reason IS NOT NULL)
);
CREATE TABLE training (
    LIKE programme_record_template INCLUDING ALL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    held_on date NOT NULL,
    hours numeric(5, 1) NOT NULL CHECK (hours > 0 AND hours <= 500)
);
CREATE TABLE training_participant (
    LIKE programme_record_template INCLUDING ALL,
    training_id bigint NOT NULL,
    mentor_id bigint NOT NULL,
    completed_on date
);
SELECT make_record(t::regclass, true) FROM unnest(ARRAY['mentee', 'mentor', 'criterion', 'decision', 'training', 'training_participant']) AS t;
ALTER TABLE mentee ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id);
ALTER TABLE mentor ADD FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id);
CREATE UNIQUE INDEX mentee_once ON mentee (municipality_id, programme_id, person_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX mentor_once ON mentor (municipality_id, programme_id, person_id) WHERE ended_at IS NULL;
ALTER TABLE decision ADD FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor (municipality_id, programme_id, id);
CREATE UNIQUE INDEX decision_once ON decision (municipality_id, programme_id, mentor_id) WHERE ended_at IS NULL;
ALTER TABLE training_participant
    ADD FOREIGN KEY (municipality_id, programme_id, training_id) REFERENCES training (municipality_id, programme_id, id),
    ADD FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor (municipality_id, programme_id, id);
CREATE UNIQUE INDEX training_participant_once ON training_participant (municipality_id, training_id, mentor_id) WHERE ended_at IS NULL;
CREATE INDEX training_participant_mentor ON training_participant (municipality_id, programme_id, mentor_id) WHERE ended_at IS NULL;
