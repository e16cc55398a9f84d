-- Erasure of a person: what was asked, what was done, the act that proves it.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation, adding-field-with-default
-- The one rule that changes is widened, the new ones hold for every row there is.

ALTER TABLE municipality ADD COLUMN kept_years smallint NOT NULL DEFAULT 3;
ALTER TABLE municipality ADD CONSTRAINT municipality_kept_years CHECK (kept_years BETWEEN 1 AND 10);
COMMENT ON COLUMN municipality.kept_years IS 'So many years after the school year of the last programme a person is erased.';

-- A notice may be a school's without being a programme's: an erasure is about a person.
ALTER TABLE notice DROP CONSTRAINT notice_owner;
ALTER TABLE notice ADD CONSTRAINT notice_owner CHECK (programme_id IS NULL OR school_id IS NOT NULL);

ALTER TABLE person ADD COLUMN erased_at timestamptz;
ALTER TABLE person ADD CONSTRAINT person_erased CHECK (
    erased_at IS NULL OR (ended_at IS NOT NULL AND num_nonnulls(patronymic, birth_on, contact, representative, end_reason) = 0));
COMMENT ON COLUMN person.erased_at IS 'A stone: the row stays so that keys hold, says nothing of anybody, and never changes again.';
CREATE FUNCTION keep_stone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an erased person does not change' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER keep_stone BEFORE UPDATE ON person FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION keep_stone();
-- Who read the person before the deed and writes after it: the lock waits for the deed and sees what it left.
CREATE FUNCTION refuse_stone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT p.erased_at FROM person p WHERE p.municipality_id = NEW.municipality_id AND p.id = NEW.person_id FOR KEY SHARE) IS NOT NULL THEN
        RAISE EXCEPTION 'nothing is written about an erased person' USING ERRCODE = 'foreign_key_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_person_id_fkey';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_stone BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION refuse_stone();
CREATE TRIGGER refuse_stone BEFORE INSERT ON person_grade FOR EACH ROW EXECUTE FUNCTION refuse_stone();

CREATE TABLE erasure (
    municipality_id bigint NOT NULL REFERENCES municipality,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL,
    reason text NOT NULL CHECK (reason IN ('withdrawn', 'request', 'retention')),
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'cancelled')),
    consent_id bigint,
    requested_at timestamptz NOT NULL,
    requested_by bigint,
    planned_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    run_by bigint,
    ended_at timestamptz,
    ended_by bigint,
    why_cancelled text CHECK (why_cancelled IN ('consented', 'undone', 'in_use', 'by_hand')),
    cancel_reason text CHECK (length(cancel_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id),
    FOREIGN KEY (municipality_id, consent_id) REFERENCES consent (municipality_id, id),
    CONSTRAINT erasure_days CHECK (planned_at >= requested_at),
    CONSTRAINT erasure_consent CHECK (reason <> 'withdrawn' OR consent_id IS NOT NULL),
    CONSTRAINT erasure_ended CHECK ((status = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT erasure_cancelled CHECK ((status = 'cancelled') = (why_cancelled IS NOT NULL)),
    CONSTRAINT erasure_by_hand CHECK (coalesce(why_cancelled = 'by_hand', false) = (cancel_reason IS NOT NULL))
);
COMMENT ON COLUMN erasure.consent_id IS 'The consent that was withdrawn, else the last one there was when it was asked for: a later one cancels it.';
COMMENT ON COLUMN erasure.planned_at IS 'Until then a withdrawal made by mistake can be taken back.';
COMMENT ON COLUMN erasure.due_at IS '152-ФЗ, art. 21: 30 days from the day of the withdrawal, which may be entered late, or from the request.';
COMMENT ON COLUMN erasure.run_by IS 'The account that did not wait for the planned time.';
COMMENT ON COLUMN erasure.why_cancelled IS 'consented: a new consent is in force; undone: the withdrawal was taken back; in_use: takes part again; by_hand: see cancel_reason.';
SELECT protect_tenant('erasure', true);
CREATE UNIQUE INDEX erasure_waiting ON erasure (municipality_id, person_id) WHERE status = 'waiting';
CREATE INDEX erasure_of_school ON erasure (municipality_id, school_id, id);
CREATE INDEX consent_withdrawn ON consent (municipality_id, school_id, person_id) WHERE withdrawn_on IS NOT NULL AND kind = 'processing' AND ended_at IS NULL;
GRANT SELECT, INSERT ON erasure TO nastavnik_api, nastavnik_engine;
GRANT UPDATE (status, run_by, ended_at, ended_by, why_cancelled, cancel_reason) ON erasure TO nastavnik_api, nastavnik_engine;
GRANT SELECT ON erasure TO nastavnik_auditor;

-- Act and extract of the log (Roskomnadzor, order 179 of 28.10.2022). The one place where an erased person is still
-- named, for three years: neither jobs nor checks read it.
CREATE TABLE erasure_act (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    erasure_id bigint NOT NULL,
    person_id bigint NOT NULL,
    subject text NOT NULL,
    operator text NOT NULL,
    categories jsonb NOT NULL CHECK (jsonb_typeof(categories) = 'object'),
    reason text NOT NULL,
    destroyed_at timestamptz NOT NULL,
    requested_by bigint,
    run_by bigint,
    keep_until date NOT NULL,
    PRIMARY KEY (municipality_id, erasure_id),
    FOREIGN KEY (municipality_id, erasure_id) REFERENCES erasure (municipality_id, id)
);
COMMENT ON COLUMN erasure_act.categories IS 'Code of a category -> how many rows of it were destroyed.';
SELECT protect_tenant('erasure_act', true);
GRANT SELECT ON erasure_act TO nastavnik_api;
GRANT SELECT (municipality_id, school_id, erasure_id, person_id, destroyed_at, keep_until), DELETE ON erasure_act TO nastavnik_engine;

-- Whether anything may be done with a person's data beside keeping them: not after a withdrawal, nor once asked to erase.
CREATE FUNCTION is_blocked(place bigint, someone bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM erasure e WHERE e.municipality_id = place AND e.person_id = someone
                   AND e.status = 'waiting' AND e.reason = 'request')
        OR EXISTS (SELECT FROM consent w JOIN municipality m ON m.id = w.municipality_id
                   WHERE w.municipality_id = place AND w.person_id = someone AND w.kind = 'processing' AND w.ended_at IS NULL
                     AND w.withdrawn_on <= (app_now() AT TIME ZONE m.timezone)::date)
           AND NOT EXISTS (SELECT FROM consent c JOIN municipality m ON m.id = c.municipality_id
                   WHERE c.municipality_id = place AND c.person_id = someone AND c.kind = 'processing' AND c.ended_at IS NULL
                     AND c.given_on <= (app_now() AT TIME ZONE m.timezone)::date
                     AND coalesce(c.valid_until >= (app_now() AT TIME ZONE m.timezone)::date, true)
                     AND coalesce(c.withdrawn_on > (app_now() AT TIME ZONE m.timezone)::date, true))
$$;

-- By person: for everything that is kept about one.
CREATE INDEX mentee_person ON mentee (municipality_id, person_id);
CREATE INDEX mentor_person ON mentor (municipality_id, person_id);
CREATE INDEX appointment_person ON appointment (municipality_id, person_id);
CREATE INDEX specialist_person ON specialist (municipality_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX activity_plan_person ON activity_plan (municipality_id, responsible_id) WHERE responsible_id IS NOT NULL;
CREATE INDEX survey_person ON survey (municipality_id, responsible_id) WHERE responsible_id IS NOT NULL;
CREATE INDEX conclusion_person ON conclusion (municipality_id, author_id);

CREATE FUNCTION last_school_year(place bigint, someone bigint) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(extract(year FROM p.created_at - interval '8 months')::integer, (
        SELECT max(g.school_year) FROM (
            SELECT programme_id FROM mentee WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM mentor WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM appointment WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM specialist WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM activity_plan WHERE municipality_id = place AND responsible_id = someone
            UNION ALL SELECT programme_id FROM survey WHERE municipality_id = place AND responsible_id = someone
            UNION ALL SELECT programme_id FROM conclusion WHERE municipality_id = place AND author_id = someone) AS t
        JOIN programme g ON g.municipality_id = place AND g.id = t.programme_id))
    FROM person p WHERE p.municipality_id = place AND p.id = someone
$$;
COMMENT ON FUNCTION last_school_year(bigint, bigint) IS
    'Of the last programme that names the person in any part, or of the year in which the person was entered: a school year begins in September.';

-- What an erasure that waits has come to: ready, held, consented, undone, in_use; over when it waits no more.
CREATE FUNCTION erasure_verdict(sought bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN e.status <> 'waiting' OR p.erased_at IS NOT NULL THEN 'over'
        WHEN EXISTS (SELECT FROM consent c
                     WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id AND c.kind = 'processing'
                       AND c.ended_at IS NULL AND c.given_on <= k.today AND coalesce(c.valid_until >= k.today, true)
                       AND coalesce(c.withdrawn_on > k.today, true)
                       AND (e.reason = 'withdrawn' OR c.id > coalesce(e.consent_id, 0))) THEN 'consented'
        WHEN e.reason = 'withdrawn' AND NOT EXISTS (SELECT FROM consent c
                     WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id AND c.kind = 'processing'
                       AND c.ended_at IS NULL AND c.withdrawn_on <= k.today) THEN 'undone'
        WHEN e.reason = 'retention'
             AND last_school_year(e.municipality_id, e.person_id) + 1 + k.kept_years > k.school_year THEN 'in_use'
        WHEN EXISTS (SELECT FROM safety_case s JOIN mentee t ON t.municipality_id = s.municipality_id AND t.id = s.mentee_id
                     WHERE s.municipality_id = e.municipality_id AND t.person_id = e.person_id AND s.ended_at IS NULL
                       AND s.closed_on IS NULL) THEN 'held'
        ELSE 'ready' END
    FROM erasure e
    JOIN person p ON p.municipality_id = e.municipality_id AND p.id = e.person_id
    JOIN (SELECT id, kept_years, (app_now() AT TIME ZONE timezone)::date AS today,
              extract(year FROM (app_now() AT TIME ZONE timezone) - interval '8 months')::integer AS school_year
          FROM municipality) AS k ON k.id = e.municipality_id
    WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.id = sought
$$;
-- For the verdict: whose a case is, never its words.
GRANT SELECT (mentee_id) ON safety_case TO nastavnik_engine;

-- Which texts may name anybody. Where a row is about others too, only what names the person goes.
CREATE FUNCTION free_texts() RETURNS TABLE (tab text, col text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT t.tab, c.col FROM (VALUES
        ('activity_plan', '{}'::text[]), ('appointment', '{}'), ('celebration', '{title}'), ('collection', '{note}'),
        ('conclusion', '{text}'), ('criterion', '{text}'), ('criterion_rating', '{note}'), ('decision', '{reason}'),
        ('erasure', '{cancel_reason}'), ('evidence', '{title,agreed_by,link}'), ('extension', '{document,reason}'),
        ('goal', '{text}'), ('information', '{way}'), ('invitation', '{}'), ('meeting', '{topic}'), ('mentee', '{wish}'),
        ('mentor', '{competencies,achievements,interests,wished_grades}'), ('notice', '{ru,en}'), ('pair', '{format,role_variant}'),
        ('pair_goal', '{text}'), ('pair_member', '{}'), ('pair_task', '{text}'), ('plan_event', '{title}'),
        ('popularisation', '{title,link}'), ('reflection', '{conclusions}'), ('request', '{topic}'),
        ('reward_approval', '{document}'), ('reward_rules', '{reopen_reason}'), ('roadmap_approval', '{}'),
        ('safety_case', '{text,reported_to,outcome}'), ('school_profile', '{}'), ('specialist', '{schedule,outside_organisation}'),
        ('support', '{declined_by}'), ('support_note', '{text}'), ('survey', '{}'), ('training', '{title}'),
        ('training_participant', '{}'), ('trait', '{text}'), ('waiting_entry', '{reason}'), ('answer', '{words}')
    ) AS t (tab, cols) CROSS JOIN LATERAL unnest(t.cols || CASE
        WHEN t.tab NOT IN ('erasure', 'notice', 'answer') THEN '{end_reason}'::text[] ELSE '{}' END) AS c (col)
$$;

-- A reason to reopen rules may name somebody: of what is frozen that text alone may go.
CREATE OR REPLACE FUNCTION keep_frozen_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := '{ended_at,end_reason,version,updated_at}'::text[]
        || CASE WHEN NEW.reopen_reason = 'Удалено' THEN '{reopen_reason}'::text[] ELSE '{}' END;
BEGIN
    IF (to_jsonb(NEW) - free) <> (to_jsonb(OLD) - free) THEN
        RAISE EXCEPTION 'frozen reward rules do not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION name_stem(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(s) > 1 THEN s ELSE w END
    FROM (SELECT w, regexp_replace(w, '(ая|яя|ый|ий|ой|а|я|ь|й|о|е)$', '') AS s
          FROM (SELECT translate(lower(btrim(name)), 'ё', 'е') AS w) AS folded) AS cut
$$;
CREATE FUNCTION name_pattern(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '\m' || string_agg(regexp_replace(name_stem(part), '([^[:alnum:]])', '\\\1', 'g') ||
        '(а|у|е|ы|и|о|я|ю|ь|й|ом|ем|ым|им|ой|ою|ей|ею|ых|их|ыми|ими|ого|его|ому|ему|ая|яя|ую|юю|ый|ий)?', '[- ]+' ORDER BY place) || '\M'
    FROM regexp_split_to_table(btrim(name), '[- ]+') WITH ORDINALITY AS p (part, place)
$$;
COMMENT ON FUNCTION name_pattern(text) IS 'A regular expression for folded text (lower case, ё as е) that finds a Russian name in its cases.';

-- Puts the word over texts of the rows that `ids` name; returns how many rows said anything. Rows of a pair, mentee or
-- mentor are looked for in their programme alone, where an index leads to them.
CREATE FUNCTION wipe(tab text, cols text[], key text, ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    EXECUTE format('UPDATE %I SET %s, version = version + 1, updated_at = now() WHERE municipality_id = app_municipality_id() AND %I = ANY ($1) AND num_nonnulls(%s) > 0%s',
        tab, (SELECT string_agg(format('%1$I = CASE WHEN %1$I IS NULL THEN NULL ELSE %2$L END', c, 'Удалено'), ', ') FROM unnest(cols) AS c),
        key, (SELECT string_agg(quote_ident(c), ', ') FROM unnest(cols) AS c), CASE WHEN key IN ('pair_id', 'mentee_id', 'mentor_id') THEN
            format(' AND programme_id = ANY (ARRAY(SELECT programme_id FROM %I WHERE municipality_id = app_municipality_id() AND id = ANY ($1)))', left(key, -3))
            ELSE '' END) USING ids;
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN number;
END
$$;

-- The deed itself, for the worker alone: it may change nothing of all this by its own rights, and the function changes
-- only what hangs on the person of an erasure that waits and is ready. As the owner's it is bound by the tenant's policies.
-- NULL: not ready (see the verdict). is_replay: after a restore, by a superuser, whatever the older rows say.
CREATE FUNCTION erase_person(sought bigint, is_replay boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place bigint := app_municipality_id();
    gone CONSTANT text := 'Удалено';
    zone text := (SELECT timezone FROM municipality WHERE id = place);
    today date := (app_now() AT TIME ZONE zone)::date;
    e erasure; p person; t record;
    mentees bigint[]; mentors bigint[]; members bigint[]; invited bigint[]; mentored bigint[]; sole bigint[]; mine bigint[]; under_way bigint[]; ours bigint[];
    family text; given text; tally jsonb; number bigint; named bigint := 0;
BEGIN
    -- In the order of every other writer: programmes by id, the person, the consents, what waits; judged when all is held.
    -- The school before the person: two deeds in one school put the word over the same rows.
    SELECT * INTO e FROM erasure WHERE municipality_id = place AND id = sought;
    PERFORM FROM programme g WHERE g.municipality_id = place AND g.school_id = e.school_id AND g.stage NOT IN ('completed', 'cancelled')
        ORDER BY g.id FOR NO KEY UPDATE;
    PERFORM FROM school s WHERE s.municipality_id = place AND s.id = e.school_id FOR NO KEY UPDATE;
    SELECT * INTO p FROM person WHERE municipality_id = place AND id = e.person_id FOR UPDATE;
    PERFORM FROM consent c WHERE c.municipality_id = place AND c.person_id = p.id ORDER BY c.id FOR UPDATE;
    SELECT * INTO e FROM erasure WHERE municipality_id = place AND id = sought FOR UPDATE;
    IF NOT FOUND OR erasure_verdict(sought) = 'over' OR (erasure_verdict(sought) <> 'ready' AND NOT (
            is_replay AND (SELECT rolsuper FROM pg_roles WHERE rolname = session_user))) THEN
        RETURN NULL;
    END IF;

    ours := ARRAY(SELECT id FROM programme WHERE municipality_id = place AND school_id = p.school_id);
    mine := ARRAY(SELECT programme_id FROM mentee WHERE municipality_id = place AND person_id = p.id
        UNION SELECT programme_id FROM mentor WHERE municipality_id = place AND person_id = p.id
        UNION SELECT programme_id FROM appointment WHERE municipality_id = place AND person_id = p.id
        UNION SELECT programme_id FROM specialist WHERE municipality_id = place AND person_id = p.id
        UNION SELECT programme_id FROM activity_plan WHERE municipality_id = place AND responsible_id = p.id);
    under_way := ARRAY(SELECT id FROM programme WHERE municipality_id = place AND id = ANY (mine) AND stage NOT IN ('completed', 'cancelled'));
    mentees := ARRAY(SELECT id FROM mentee WHERE municipality_id = place AND person_id = p.id);
    mentors := ARRAY(SELECT id FROM mentor WHERE municipality_id = place AND person_id = p.id);
    members := ARRAY(SELECT id FROM pair_member WHERE municipality_id = place AND programme_id = ANY (mine) AND mentee_id = ANY (mentees));
    invited := ARRAY(SELECT id FROM invitation WHERE municipality_id = place AND programme_id = ANY (mine) AND (mentee_id = ANY (mentees) OR mentor_id = ANY (mentors)));
    mentored := ARRAY(SELECT id FROM pair WHERE municipality_id = place AND programme_id = ANY (mine) AND mentor_id = ANY (mentors));
    sole := ARRAY(SELECT DISTINCT m.pair_id FROM pair_member m WHERE m.municipality_id = place AND m.id = ANY (members) AND NOT EXISTS (
        SELECT FROM pair_member o JOIN mentee u ON u.municipality_id = o.municipality_id AND u.id = o.mentee_id
        JOIN person q ON q.municipality_id = u.municipality_id AND q.id = u.person_id
        WHERE o.municipality_id = place AND o.programme_id = m.programme_id AND o.pair_id = m.pair_id AND o.ended_at IS NULL AND u.person_id <> p.id AND q.erased_at IS NULL));

    -- What is about this person alone goes whole.
    tally := jsonb_build_object('name', 1, 'birth', num_nonnulls(p.birth_on), 'contact', num_nonnulls(p.contact),
        'representative', num_nonnulls(p.representative), 'consents', wipe('consent', '{representative,document,end_reason}', 'person_id', ARRAY[p.id]),
        'requests', wipe('mentee', '{wish,end_reason}', 'id', mentees) + (SELECT count(*) FROM mentee WHERE municipality_id = place AND id = ANY (mentees) AND topics <> '{}'),
        'mentor', wipe('mentor', '{competencies,achievements,interests,wished_grades,end_reason}', 'id', mentors)
            + wipe('decision', '{reason,end_reason}', 'mentor_id', mentors) + wipe('specialist', '{schedule,end_reason}', 'person_id', ARRAY[p.id]),
        'pairs', wipe('pair', '{format,end_reason}', 'id', sole) + wipe('pair_goal', '{text,end_reason}', 'pair_id', sole)
            + wipe('pair_task', '{text,end_reason}', 'pair_id', sole) + wipe('plan_event', '{title,end_reason}', 'pair_id', sole)
            + wipe('meeting', '{topic,end_reason}', 'pair_id', sole) + wipe('waiting_entry', '{reason,end_reason}', 'mentee_id', mentees)
            + wipe('pair_member', '{end_reason}', 'id', members),
        'traits', wipe('trait', '{text,end_reason}', 'id', ARRAY(SELECT id FROM trait WHERE municipality_id = place AND programme_id = ANY (mine)
            AND (side = 'mentee' AND pair_id = ANY (sole) OR side = 'mentor' AND pair_id = ANY (mentored)))),
        'support', wipe('support', '{declined_by,end_reason}', 'pair_id', sole) + wipe('support_note', '{text,end_reason}', 'pair_id', sole),
        'safety', wipe('safety_case', '{text,reported_to,outcome,end_reason}', 'mentee_id', mentees));
    PERFORM wipe(o.tab, '{end_reason}', o.key, o.ids) FROM (VALUES ('appointment', 'person_id', ARRAY[p.id]), ('person_grade', 'person_id', ARRAY[p.id]),
        ('training_participant', 'mentor_id', mentors), ('invitation', 'id', invited)) AS o (tab, key, ids);
    UPDATE erasure SET cancel_reason = gone WHERE municipality_id = place AND person_id = p.id AND cancel_reason IS NOT NULL;
    UPDATE person_grade SET class_letter = NULL, version = version + 1, updated_at = now() WHERE municipality_id = place AND person_id = p.id AND class_letter IS NOT NULL;
    UPDATE mentee SET topics = '{}' WHERE municipality_id = place AND id = ANY (mentees);
    UPDATE mentor SET hours_per_month = NULL WHERE municipality_id = place AND id = ANY (mentors);
    DELETE FROM answer WHERE municipality_id = place AND invitation_id = ANY (invited);
    GET DIAGNOSTICS number = ROW_COUNT;
    tally := tally || jsonb_build_object('answers', number);
    UPDATE personal_link SET secret_hash = decode(repeat('00', 32), 'hex'), end_reason = NULL, ended_at = coalesce(ended_at, now()), version = version + 1, updated_at = now()
    WHERE municipality_id = place AND (purpose = 'answer' AND subject_id = ANY (invited) OR purpose = 'log_meeting' AND subject_id = ANY (mentored)
        OR purpose IN ('confirm_pair', 'confirm_pair_guardian') AND subject_id = ANY (members));
    GET DIAGNOSTICS number = ROW_COUNT;
    tally := tally || jsonb_build_object('links', number);

    -- Of what is about others too, the texts that name this person: by the family name where nobody else here has it, and
    -- where it is none of the little words («Ли», «Не») that stand in every text.
    family := name_pattern(p.family_name);
    given := CASE WHEN length(name_stem(p.family_name)) < 3 OR EXISTS (SELECT FROM person n WHERE n.municipality_id = place AND n.school_id = p.school_id AND n.id <> p.id
            AND n.erased_at IS NULL AND name_stem(n.family_name) = name_stem(p.family_name))
        THEN name_pattern(p.given_name) || '|\m' || regexp_replace(left(translate(lower(p.given_name), 'ё', 'е'), 1), '([^[:alnum:]])', '\\\1') || '\.' ELSE '' END;
    FOR t IN SELECT tab, col, EXISTS (SELECT FROM pg_attribute WHERE attrelid = tab::regclass AND attname = 'version') AS is_record,
            EXISTS (SELECT FROM pg_attribute WHERE attrelid = tab::regclass AND attname = 'programme_id' AND attnotnull) AS of_programme FROM free_texts() LOOP
        EXECUTE format('UPDATE %1$I SET %2$I = %3$L%4$s WHERE municipality_id = $1 AND school_id = $2%5$s AND %2$I <> %3$L AND (translate(lower(%2$I), ''ё'', ''е'') ~ $3
                AND translate(lower(%2$I), ''ё'', ''е'') ~ $4 OR length($5) > 4 AND position($5 in %2$I) > 0 OR length($6) > 4 AND position($6 in %2$I) > 0)',
            t.tab, t.col, gone, CASE WHEN t.is_record THEN ', version = version + 1, updated_at = now()' ELSE '' END,
            CASE WHEN t.of_programme THEN ' AND programme_id = ANY ($7)' ELSE '' END)
            USING place, p.school_id, family, given, coalesce(p.contact, ''), coalesce(p.representative, ''), ours;
        GET DIAGNOSTICS number = ROW_COUNT;
        named := named + number;
    END LOOP;
    DELETE FROM event_reason WHERE municipality_id = place AND programme_id = ANY (ours)
        AND translate(lower(reason), 'ё', 'е') ~ family AND translate(lower(reason), 'ё', 'е') ~ given;
    GET DIAGNOSTICS number = ROW_COUNT;
    tally := tally || jsonb_build_object('named', named + number);
    UPDATE idempotency SET answer = NULL WHERE municipality_id = place AND answer IS NOT NULL AND (principal_id IN (
        SELECT id FROM principal WHERE municipality_id = place AND coalesce(school_id, p.school_id) = p.school_id)
        OR -principal_id IN (SELECT id FROM personal_link WHERE municipality_id = place AND school_id = p.school_id));

    -- What goes on, goes on without the person; what is over keeps its counts. Nothing computed can be computed again.
    UPDATE pair SET closed_on = CASE WHEN starts_on > today THEN NULL ELSE today END, outcome = CASE WHEN starts_on > today THEN NULL ELSE 'early' END,
        ended_at = CASE WHEN starts_on > today THEN app_now() END, version = version + 1, updated_at = now()
    WHERE municipality_id = place AND programme_id = ANY (under_way) AND (id = ANY (mentored) OR id = ANY (sole)) AND outcome IS NULL AND ended_at IS NULL;
    FOR t IN SELECT * FROM (VALUES ('pair_member', 'id', members), ('mentee', 'id', mentees), ('mentor', 'id', mentors), ('waiting_entry', 'mentee_id', mentees),
            ('appointment', 'person_id', ARRAY[p.id]), ('specialist', 'person_id', ARRAY[p.id])) AS v (tab, key, ids) LOOP
        EXECUTE format('UPDATE %I SET ended_at = app_now(), version = version + 1, updated_at = now() WHERE municipality_id = $1 AND programme_id = ANY ($2) AND %I = ANY ($3) AND ended_at IS NULL',
            t.tab, t.key) USING place, under_way, t.ids;
    END LOOP;
    UPDATE activity_plan SET responsible_id = NULL, version = version + 1, updated_at = now() WHERE municipality_id = place AND programme_id = ANY (under_way) AND responsible_id = p.id;
    UPDATE consent SET ended_at = app_now() WHERE municipality_id = place AND person_id = p.id AND ended_at IS NULL;
    UPDATE person_grade SET ended_at = app_now() WHERE municipality_id = place AND person_id = p.id AND ended_at IS NULL;
    UPDATE programme SET inputs_version = inputs_version + 1 WHERE municipality_id = place AND id = ANY (under_way);
    UPDATE result SET is_replayable = false WHERE municipality_id = place AND programme_id = ANY (mine);

    INSERT INTO erasure_act (municipality_id, school_id, erasure_id, person_id, subject, operator, categories, reason, destroyed_at, requested_by, run_by, keep_until)
    SELECT place, p.school_id, e.id, p.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic), s.name,
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(tally) WHERE value <> '0'), e.reason, app_now(), e.requested_by, e.run_by, (today + interval '3 years')::date
    FROM school s WHERE s.municipality_id = place AND s.id = p.school_id;
    UPDATE person SET family_name = gone, given_name = to_char(today, 'DD.MM.YYYY'), patronymic = NULL, birth_on = NULL, contact = NULL, representative = NULL,
        is_young_specialist = false, ended_at = coalesce(ended_at, app_now()), end_reason = NULL, erased_at = app_now(), version = version + 1, updated_at = now()
    WHERE municipality_id = place AND id = p.id;
    UPDATE erasure SET status = 'done', ended_at = app_now() WHERE municipality_id = place AND id = e.id;
    RETURN tally;
END
$$;
REVOKE ALL ON FUNCTION erase_person(bigint, boolean), wipe(text, text[], text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_person(bigint, boolean) TO nastavnik_engine;
