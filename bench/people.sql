-- name: add_pairs(municipality_id, school_id, programme_id, training_id, mentor_survey_id, mentee_survey_id, count)!
-- So many more pairs of a teacher and a pupil on a programme that has everything else, each with all that stage VI asks.
WITH ins AS (
    INSERT INTO person (municipality_id, school_id, kind, family_name, given_name, birth_on)
    SELECT :municipality_id, :school_id, CASE WHEN mod(i, 2) = 0 THEN 'pupil' ELSE 'teacher' END, 'Имя', 'п' || i, '2008-01-01'
    FROM generate_series(1, 2 * :count) AS i RETURNING id, kind),
con AS (
    INSERT INTO consent (municipality_id, school_id, person_id, kind, given_by, representative, given_on, document)
    SELECT :municipality_id, :school_id, id, 'processing', 'representative', 'родитель', '2020-11-01', 'согласие' FROM ins),
me AS (
    INSERT INTO mentee (municipality_id, school_id, programme_id, person_id, topics)
    SELECT :municipality_id, :school_id, :programme_id, id, ARRAY['тема ' || mod(id, 10), 'общение'] FROM ins WHERE kind = 'pupil'
    RETURNING id),
mo AS (
    INSERT INTO mentor (municipality_id, school_id, programme_id, person_id, origin, form, capacity)
    SELECT :municipality_id, :school_id, :programme_id, id, 'teachers', 'teacher_pupil', 2 FROM ins WHERE kind = 'teacher'
    RETURNING id),
de AS (
    INSERT INTO decision (municipality_id, school_id, programme_id, mentor_id, outcome, decided_on)
    SELECT :municipality_id, :school_id, :programme_id, id, 'selected', '2020-12-08' FROM mo),
tr AS (
    INSERT INTO training_participant (municipality_id, school_id, programme_id, training_id, mentor_id, completed_on)
    SELECT :municipality_id, :school_id, :programme_id, :training_id, id, '2020-12-21' FROM mo),
pa AS (
    INSERT INTO pair (municipality_id, school_id, programme_id, mentor_id, kind, form, format, starts_on, ends_on, mentor_agreed_on)
    SELECT :municipality_id, :school_id, :programme_id, id, 'pair', 'teacher_pupil', 'встречи', '2020-12-15', '2021-05-20',
           '2020-12-09' FROM mo RETURNING id),
pm AS (
    INSERT INTO pair_member (municipality_id, school_id, programme_id, pair_id, mentee_id, mentee_agreed_on, guardian_agreed_on)
    SELECT :municipality_id, :school_id, :programme_id, p.id, m.id, '2020-12-09', '2020-12-09'
    FROM (SELECT id, row_number() OVER () AS place FROM pa) AS p
    JOIN (SELECT id, row_number() OVER () AS place FROM me) AS m USING (place)),
t AS (
    INSERT INTO trait (municipality_id, school_id, programme_id, pair_id, side, kind, text, noted_on)
    SELECT :municipality_id, :school_id, :programme_id, id, side, kind, 'черта', '2020-12-12'
    FROM pa, unnest(ARRAY['mentor', 'mentee']) AS side, unnest(ARRAY['strength', 'growth_area']) AS kind),
g AS (
    INSERT INTO pair_goal (municipality_id, school_id, programme_id, pair_id, text)
    SELECT :municipality_id, :school_id, :programme_id, id, 'цель' FROM pa RETURNING id, pair_id),
tk AS (
    INSERT INTO pair_task (municipality_id, school_id, programme_id, pair_id, goal_id, text, starts_on, ends_on)
    SELECT :municipality_id, :school_id, :programme_id, pair_id, id, 'задача', '2020-12-15', '2021-01-01'
    FROM g, generate_series(1, 2)),
ev AS (
    INSERT INTO plan_event (municipality_id, school_id, programme_id, pair_id, title, planned_on)
    SELECT :municipality_id, :school_id, :programme_id, id, 'встреча', '2021-01-01' FROM pa, generate_series(1, 5)),
su AS (
    INSERT INTO support (municipality_id, school_id, programme_id, pair_id, mode, decided_on)
    SELECT :municipality_id, :school_id, :programme_id, id, 'on_request', '2020-12-12' FROM pa),
i AS (
    INSERT INTO invitation (municipality_id, school_id, programme_id, survey_id, mentor_id, sent_at)
    SELECT :municipality_id, :school_id, :programme_id, :mentor_survey_id, id, '2020-12-13' FROM mo)
INSERT INTO invitation (municipality_id, school_id, programme_id, survey_id, mentee_id, sent_at)
SELECT :municipality_id, :school_id, :programme_id, :mentee_survey_id, id, '2020-12-13' FROM me;
