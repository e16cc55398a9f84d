-- The one deed that destroys what is kept about a person, and what it needs: which texts, which names.

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
