-- The schema as the migrations leave it, for reading. Generated: python -m services.cli schema
-- Tables are in the order of their making; under each: its indexes, triggers, policies and grants.

CREATE OR REPLACE FUNCTION public.all_municipalities()
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT id FROM municipality ORDER BY id $function$
;
COMMENT ON FUNCTION all_municipalities() IS 'Ids alone, for the processes that go through all tenants one by one.';
REVOKE ALL ON FUNCTION all_municipalities() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION all_municipalities() TO nastavnik_auditor;
GRANT EXECUTE ON FUNCTION all_municipalities() TO nastavnik_engine;

CREATE OR REPLACE FUNCTION public.app_all_schools()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce(current_setting('app.school_id', true), '') = 'all' $function$
;
COMMENT ON FUNCTION app_all_schools() IS 'True only when said so: an unset school sees nothing.';

CREATE OR REPLACE FUNCTION public.app_link_id()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('app.link_id', true), '')::bigint $function$
;
COMMENT ON FUNCTION app_link_id() IS 'The personal link that acts; NULL for accounts.';

CREATE OR REPLACE FUNCTION public.app_municipality_id()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('app.municipality_id', true), '')::bigint $function$
;
COMMENT ON FUNCTION app_municipality_id() IS 'Tenant of this transaction; 0 is the platform; NULL sees nothing.';

CREATE OR REPLACE FUNCTION public.app_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) $function$
;
COMMENT ON FUNCTION app_now() IS 'The instant a transaction calls now; fixed by the demo and the tests only.';

CREATE OR REPLACE FUNCTION public.app_purpose()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce(current_setting('app.purpose', true), '') $function$;

CREATE OR REPLACE FUNCTION public.app_school_id()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(nullif(current_setting('app.school_id', true), ''), 'all')::bigint $function$;

CREATE OR REPLACE FUNCTION public.app_subject_id()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('app.subject_id', true), '')::bigint $function$
;
COMMENT ON FUNCTION app_subject_id() IS 'The one row a personal link is about.';

CREATE OR REPLACE FUNCTION public.audit_awaits_its_link()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO audit_unchained (municipality_id, audit_id) SELECT municipality_id, id FROM fresh;
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.erase_person(sought bigint, is_replay boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;
REVOKE ALL ON FUNCTION erase_person(bigint,boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_person(bigint,boolean) TO nastavnik_engine;

CREATE OR REPLACE FUNCTION public.erasure_verdict(sought bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.feed_of_approval()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, result_id, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'reward_list.approved', NEW.result_id, NEW.created_at);
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.feed_of_job()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, job_run_id, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'job.' || NEW.status, NEW.id,
        coalesce(NEW.finished_at, clock_timestamp()));
    RETURN NULL;
END
$function$
;
COMMENT ON FUNCTION feed_of_job() IS 'Jobs of a programme only: the end of a webhook''s own job must not be an event that is sent by webhook.';

CREATE OR REPLACE FUNCTION public.feed_of_programme()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO feed_event (municipality_id, school_id, programme_id, type, seq, at)
    VALUES (NEW.municipality_id, NEW.school_id, NEW.programme_id, 'programme.' || NEW.trigger, NEW.seq, NEW.at);
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.find_account(wanted_login text)
 RETURNS TABLE(municipality_id bigint, principal_id bigint, role text, school_id bigint, password_hash text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT p.municipality_id, p.id, p.role, p.school_id, a.password_hash
    FROM account a JOIN principal p ON p.municipality_id = a.municipality_id AND p.id = a.principal_id
    WHERE a.login = wanted_login AND p.ended_at IS NULL
$function$
;
REVOKE ALL ON FUNCTION find_account(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_account(text) TO nastavnik_api;

CREATE OR REPLACE FUNCTION public.find_account_link(link_id bigint)
 RETURNS TABLE(municipality_id bigint, principal_id bigint, role text, school_id bigint, purpose text, secret_hash bytea, state text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT p.municipality_id, p.id, p.role, p.school_id, l.purpose, l.secret_hash,
           CASE WHEN l.used_at IS NOT NULL THEN 'used'
                WHEN l.revoked_at IS NOT NULL OR p.ended_at IS NOT NULL THEN 'revoked'
                WHEN l.expires_at <= now() THEN 'expired'
                ELSE 'open' END
    FROM account_link l JOIN principal p ON p.municipality_id = l.municipality_id AND p.id = l.principal_id
    WHERE l.id = link_id
$function$
;
REVOKE ALL ON FUNCTION find_account_link(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_account_link(bigint) TO nastavnik_api;

CREATE OR REPLACE FUNCTION public.find_identity(wanted_issuer text, wanted_subject text)
 RETURNS TABLE(municipality_id bigint, principal_id bigint, role text, school_id bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT p.municipality_id, p.id, p.role, p.school_id
    FROM identity i JOIN principal p ON p.municipality_id = i.municipality_id AND p.id = i.principal_id
    WHERE i.issuer = wanted_issuer AND i.subject = wanted_subject AND p.ended_at IS NULL
$function$
;
REVOKE ALL ON FUNCTION find_identity(text,text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_identity(text,text) TO nastavnik_api;

CREATE OR REPLACE FUNCTION public.find_personal_link(link_id bigint)
 RETURNS TABLE(municipality_id bigint, school_id bigint, purpose text, subject_id bigint, secret_hash bytea, usable boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT l.municipality_id, l.school_id, l.purpose, l.subject_id, l.secret_hash,
           l.ended_at IS NULL AND l.expires_at > now()
    FROM personal_link l WHERE l.id = link_id
$function$
;
REVOKE ALL ON FUNCTION find_personal_link(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_personal_link(bigint) TO nastavnik_respondent;

CREATE OR REPLACE FUNCTION public.find_session(session_id bigint)
 RETURNS TABLE(municipality_id bigint, principal_id bigint, role text, school_id bigint, secret_hash bytea, usable boolean, awaits_code boolean, is_use_due boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT p.municipality_id, p.id, p.role, p.school_id, s.secret_hash,
           s.ended_at IS NULL AND p.ended_at IS NULL AND least(s.idle_until, s.expires_at) > now(),
           s.awaits_code, s.seen_at < now() - interval '1 minute'
    FROM account_session s JOIN principal p ON p.municipality_id = s.municipality_id AND p.id = s.principal_id
    WHERE s.id = session_id
$function$
;
REVOKE ALL ON FUNCTION find_session(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_session(bigint) TO nastavnik_api;

CREATE OR REPLACE FUNCTION public.find_token(token_id bigint)
 RETURNS TABLE(municipality_id bigint, principal_id bigint, role text, school_id bigint, secret_hash bytea, usable boolean, scopes text[], is_use_due boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT p.municipality_id, p.id, p.role, p.school_id, t.secret_hash,
           t.revoked_at IS NULL AND t.expires_at > now() AND p.ended_at IS NULL,
           t.scopes, coalesce(t.last_used_at < now() - interval '1 hour', true)
    FROM token t JOIN principal p ON p.municipality_id = t.municipality_id AND p.id = t.principal_id
    WHERE t.id = token_id
$function$
;
REVOKE ALL ON FUNCTION find_token(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_token(bigint) TO nastavnik_api;

CREATE OR REPLACE FUNCTION public.free_texts()
 RETURNS TABLE(tab text, col text)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.is_blocked(place bigint, someone bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.keep_frozen_rules()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    free text[] := '{ended_at,end_reason,version,updated_at}'::text[]
        || CASE WHEN NEW.reopen_reason = 'Удалено' THEN '{reopen_reason}'::text[] ELSE '{}' END;
BEGIN
    IF (to_jsonb(NEW) - free) <> (to_jsonb(OLD) - free) THEN
        RAISE EXCEPTION 'frozen reward rules do not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION public.keep_stone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'an erased person does not change' USING ERRCODE = 'integrity_constraint_violation';
END
$function$;

CREATE OR REPLACE FUNCTION public.last_school_year(place bigint, someone bigint)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
$function$
;
COMMENT ON FUNCTION last_school_year(bigint,bigint) IS 'Of the last programme that names the person in any part, or of the year in which the person was entered: a school year begins in September.';

CREATE OR REPLACE FUNCTION public.make_record(tab regclass, of_programme boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
    t text := tab::text;
BEGIN
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (municipality_id, id)', tab);
    IF of_programme THEN
        EXECUTE format('ALTER TABLE %s ADD UNIQUE (municipality_id, programme_id, id)', tab);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (municipality_id, school_id, programme_id)
                        REFERENCES programme (municipality_id, school_id, id)', tab, t || '_programme_id_fkey');
    ELSE
        EXECUTE format('ALTER TABLE %s ADD UNIQUE (municipality_id, school_id, id)', tab);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (municipality_id, school_id)
                        REFERENCES school (municipality_id, id)', tab, t || '_school_id_fkey');
    END IF;
    PERFORM protect_tenant(tab, true);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO nastavnik_api', tab);
    EXECUTE format('GRANT SELECT ON %s TO nastavnik_engine, nastavnik_auditor', tab);
END
$function$;

CREATE OR REPLACE FUNCTION public.name_pattern(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT '\m' || string_agg(regexp_replace(name_stem(part), '([^[:alnum:]])', '\\\1', 'g') ||
        '(а|у|е|ы|и|о|я|ю|ь|й|ом|ем|ым|им|ой|ою|ей|ею|ых|их|ыми|ими|ого|его|ому|ему|ая|яя|ую|юю|ый|ий)?', '[- ]+' ORDER BY place) || '\M'
    FROM regexp_split_to_table(btrim(name), '[- ]+') WITH ORDINALITY AS p (part, place)
$function$
;
COMMENT ON FUNCTION name_pattern(text) IS 'A regular expression for folded text (lower case, ё as е) that finds a Russian name in its cases.';

CREATE OR REPLACE FUNCTION public.name_stem(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT CASE WHEN length(s) > 1 THEN s ELSE w END
    FROM (SELECT w, regexp_replace(w, '(ая|яя|ый|ий|ой|а|я|ь|й|о|е)$', '') AS s
          FROM (SELECT translate(lower(btrim(name)), 'ё', 'е') AS w) AS folded) AS cut
$function$;

CREATE OR REPLACE FUNCTION public.protect_jobs(tab regclass, by_school boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM protect_tenant(tab, by_school);
    EXECUTE format('ALTER POLICY tenant_municipality ON %s TO nastavnik_api, nastavnik_auditor', tab);
    IF by_school THEN
        EXECUTE format('ALTER POLICY tenant_school ON %s TO nastavnik_api, nastavnik_auditor', tab);
    END IF;
    EXECUTE format('CREATE POLICY engine_all ON %s TO nastavnik_engine USING (true) WITH CHECK (true)', tab);
END
$function$;

CREATE OR REPLACE FUNCTION public.protect_tenant(tab regclass, by_school boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
    EXECUTE format('CREATE POLICY tenant_municipality ON %s USING (municipality_id = (SELECT app_municipality_id()))
                    WITH CHECK (municipality_id = (SELECT app_municipality_id()))', tab);
    IF by_school THEN
        EXECUTE format('CREATE POLICY tenant_school ON %s AS RESTRICTIVE
                        USING ((SELECT app_all_schools()) OR school_id = (SELECT app_school_id()))
                        WITH CHECK ((SELECT app_all_schools()) OR school_id = (SELECT app_school_id()))', tab);
    END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.refuse_stone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF (SELECT p.erased_at FROM person p WHERE p.municipality_id = NEW.municipality_id AND p.id = NEW.person_id FOR KEY SHARE) IS NOT NULL THEN
        RAISE EXCEPTION 'nothing is written about an erased person' USING ERRCODE = 'foreign_key_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_person_id_fkey';
    END IF;
    RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION public.subject_may_act()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$
;
REVOKE ALL ON FUNCTION subject_may_act() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION subject_may_act() TO nastavnik_respondent;

CREATE OR REPLACE FUNCTION public.topic_key(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ SELECT translate(lower(regexp_replace(btrim(name), '\s+', ' ', 'g')), 'ё', 'е') $function$
;
COMMENT ON FUNCTION topic_key(text) IS 'Two spellings of one request topic are one topic.';

CREATE OR REPLACE FUNCTION public.topic_keys(names text[])
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ SELECT coalesce(array_agg(topic_key(n)), '{}') FROM unnest(names) AS n $function$;

CREATE OR REPLACE FUNCTION public.wipe(tab text, cols text[], key text, ids bigint[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;
REVOKE ALL ON FUNCTION wipe(text,text[],text,bigint[]) FROM PUBLIC;

CREATE TABLE migration (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT migration_pkey PRIMARY KEY (number)
);

CREATE TABLE record_template (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0))
);

CREATE TABLE programme_record_template (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0))
);

CREATE TABLE municipality (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    timezone text NOT NULL DEFAULT 'Europe/Moscow'::text,
    move_days_off boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    kept_years smallint NOT NULL DEFAULT 3,
    CONSTRAINT municipality_pkey PRIMARY KEY (id),
    CONSTRAINT municipality_name_key UNIQUE (name),
    CONSTRAINT municipality_kept_years CHECK (((kept_years >= 1) AND (kept_years <= 10))),
    CONSTRAINT municipality_name_check CHECK (((length(name) >= 1) AND (length(name) <= 300))),
    CONSTRAINT municipality_timezone_check CHECK (((length(timezone) >= 1) AND (length(timezone) <= 64)))
);
COMMENT ON COLUMN municipality.move_days_off IS 'A deadline on a day off moves to the next working day.';
COMMENT ON COLUMN municipality.kept_years IS 'So many years after the school year of the last programme a person is erased.';
ALTER TABLE municipality ENABLE ROW LEVEL SECURITY;
ALTER TABLE municipality FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON municipality FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON municipality TO PUBLIC
    USING (((id = ( SELECT app_municipality_id() AS app_municipality_id)) OR (( SELECT app_municipality_id() AS app_municipality_id) = 0)))
    WITH CHECK (((id = ( SELECT app_municipality_id() AS app_municipality_id)) OR (( SELECT app_municipality_id() AS app_municipality_id) = 0)));
GRANT INSERT, SELECT, UPDATE ON municipality TO nastavnik_api;
GRANT SELECT ON municipality TO nastavnik_auditor;
GRANT SELECT ON municipality TO nastavnik_engine;
GRANT SELECT ON municipality TO nastavnik_respondent;

CREATE TABLE school (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    standing text NOT NULL DEFAULT 'takes_part'::text,
    standing_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT school_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT school_municipality_id_name_key UNIQUE (municipality_id, name),
    CONSTRAINT school_name_check CHECK (((length(name) >= 1) AND (length(name) <= 300))),
    CONSTRAINT school_standing_check CHECK ((standing = ANY (ARRAY['takes_part'::text, 'not_started'::text, 'exempt'::text]))),
    CONSTRAINT school_standing_reason_check CHECK ((length(standing_reason) <= 500)),
    CONSTRAINT school_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id)
);
ALTER TABLE school ENABLE ROW LEVEL SECURITY;
ALTER TABLE school FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON school TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON school AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON school TO nastavnik_api;
GRANT SELECT ON school TO nastavnik_auditor;
GRANT SELECT ON school TO nastavnik_engine;
GRANT SELECT ON school TO nastavnik_respondent;

CREATE TABLE calendar_day (
    municipality_id bigint NOT NULL,
    day_on date NOT NULL,
    is_working boolean NOT NULL,
    note text,
    CONSTRAINT calendar_day_pkey PRIMARY KEY (municipality_id, day_on),
    CONSTRAINT calendar_day_note_check CHECK ((length(note) <= 200)),
    CONSTRAINT calendar_day_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id)
);
COMMENT ON TABLE calendar_day IS 'Transfers and regional days; a day without a row works from Monday to Friday.';
ALTER TABLE calendar_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_day FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON calendar_day TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT, UPDATE ON calendar_day TO nastavnik_api;
GRANT SELECT ON calendar_day TO nastavnik_auditor;
GRANT SELECT ON calendar_day TO nastavnik_engine;

CREATE TABLE school_profile (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    school_year smallint NOT NULL,
    has_grades_9_11 boolean NOT NULL DEFAULT true,
    has_young_specialists boolean NOT NULL DEFAULT true,
    has_psychologist boolean NOT NULL DEFAULT true,
    has_career_tests boolean NOT NULL DEFAULT true,
    children_10_19 integer,
    children_15_19 integer,
    young_teachers integer,
    CONSTRAINT school_profile_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT school_profile_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT school_profile_children_10_19_check CHECK (((children_10_19 >= 0) AND (children_10_19 <= 100000))),
    CONSTRAINT school_profile_children_15_19_check CHECK (((children_15_19 >= 0) AND (children_15_19 <= 100000))),
    CONSTRAINT school_profile_school_year_check CHECK (((school_year >= 2000) AND (school_year <= 2099))),
    CONSTRAINT school_profile_young_teachers_check CHECK (((young_teachers >= 0) AND (young_teachers <= 10000))),
    CONSTRAINT school_profile_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
COMMENT ON TABLE school_profile IS 'What the school has in a school year: waivers of guards and denominators of indicators.';
CREATE UNIQUE INDEX school_profile_year ON public.school_profile USING btree (municipality_id, school_id, school_year) WHERE (ended_at IS NULL);
ALTER TABLE school_profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE school_profile FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON school_profile TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON school_profile AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON school_profile TO nastavnik_api;
GRANT SELECT ON school_profile TO nastavnik_auditor;
GRANT SELECT ON school_profile TO nastavnik_engine;

CREATE TABLE principal (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    role text NOT NULL,
    school_id bigint,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    ended_at timestamp with time zone,
    email text,
    CONSTRAINT principal_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT principal_email CHECK ((((length(email) >= 3) AND (length(email) <= 254)) AND (email ~ '^[^@\s]+@[^@\s]+$'::text))),
    CONSTRAINT principal_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT principal_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'methodist'::text, 'curator'::text, 'director'::text, 'psychologist'::text]))),
    CONSTRAINT principal_scope CHECK (
CASE role
    WHEN 'admin'::text THEN ((municipality_id = 0) AND (school_id IS NULL))
    WHEN 'methodist'::text THEN ((municipality_id > 0) AND (school_id IS NULL))
    ELSE ((municipality_id > 0) AND (school_id IS NOT NULL))
END),
    CONSTRAINT principal_municipality_id_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
COMMENT ON TABLE principal IS 'Somebody or something that acts: one role, one scope.';
COMMENT ON COLUMN principal.email IS 'Where notices go by mail; NULL: nowhere.';
ALTER TABLE principal ENABLE ROW LEVEL SECURITY;
ALTER TABLE principal FORCE ROW LEVEL SECURITY;
CREATE POLICY bootstrap ON principal FOR INSERT TO nastavnik_owner
    WITH CHECK (((municipality_id = 0) AND (role = 'admin'::text)));
CREATE POLICY look_up ON principal FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON principal TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT, UPDATE ON principal TO nastavnik_api;
GRANT SELECT ON principal TO nastavnik_auditor;
GRANT SELECT (municipality_id, id, role, school_id, ended_at, email) ON principal TO nastavnik_engine;

CREATE TABLE token (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    label text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    scopes text[],
    last_used_at timestamp with time zone,
    CONSTRAINT token_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT token_label_check CHECK (((length(label) >= 1) AND (length(label) <= 100))),
    CONSTRAINT token_scopes CHECK (((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 60))),
    CONSTRAINT token_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT token_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id)
);
COMMENT ON COLUMN token.secret_hash IS 'SHA-256 of 32 random bytes: a secret that long needs no slow hash.';
COMMENT ON COLUMN token.scopes IS 'What the role''s rights are narrowed to (shared/access/rights.py); NULL: nothing is taken away.';
COMMENT ON COLUMN token.last_used_at IS 'Written at most once an hour: the beginning of the last hour in which it was used.';
CREATE INDEX token_by_id ON public.token USING btree (id);
CREATE INDEX token_principal ON public.token USING btree (municipality_id, principal_id);
ALTER TABLE token ENABLE ROW LEVEL SECURITY;
ALTER TABLE token FORCE ROW LEVEL SECURITY;
CREATE POLICY bootstrap ON token FOR INSERT TO nastavnik_owner
    WITH CHECK ((municipality_id = 0));
CREATE POLICY look_up ON token FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON token TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT, UPDATE ON token TO nastavnik_api;

CREATE TABLE personal_link (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    secret_hash bytea NOT NULL,
    purpose text NOT NULL,
    subject_id bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT personal_link_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT personal_link_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT personal_link_purpose_check CHECK ((purpose = ANY (ARRAY['answer'::text, 'log_meeting'::text, 'confirm_pair'::text, 'confirm_pair_guardian'::text]))),
    CONSTRAINT personal_link_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT personal_link_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
COMMENT ON COLUMN personal_link.subject_id IS 'answer: invitation; log_meeting: pair; confirm_pair and confirm_pair_guardian: pair member.';
CREATE INDEX personal_link_by_id ON public.personal_link USING btree (id);
CREATE INDEX personal_link_subject ON public.personal_link USING btree (municipality_id, purpose, subject_id);
ALTER TABLE personal_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal_link FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON personal_link FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON personal_link TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON personal_link AS RESTRICTIVE TO nastavnik_api, nastavnik_auditor, nastavnik_engine
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON personal_link TO nastavnik_api;
GRANT SELECT ON personal_link TO nastavnik_auditor;
GRANT SELECT ON personal_link TO nastavnik_engine;

CREATE TABLE idempotency (
    municipality_id bigint NOT NULL,
    principal_id bigint NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    answer bytea,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_pkey PRIMARY KEY (municipality_id, principal_id, method, path, key),
    CONSTRAINT idempotency_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);
COMMENT ON COLUMN idempotency.answer IS 'NULL is a tombstone: the answer held a secret and is not kept.';
CREATE INDEX idempotency_age ON public.idempotency USING btree (created_at);
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_purges ON idempotency TO nastavnik_engine
    USING (true);
CREATE POLICY own_answers ON idempotency AS RESTRICTIVE TO nastavnik_respondent
    USING ((principal_id = (- ( SELECT app_link_id() AS app_link_id))))
    WITH CHECK ((principal_id = (- ( SELECT app_link_id() AS app_link_id))));
CREATE POLICY tenant_municipality ON idempotency TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT, UPDATE ON idempotency TO nastavnik_api;
GRANT SELECT (municipality_id, principal_id, method, path, key, status, headers, created_at) ON idempotency TO nastavnik_auditor;
GRANT DELETE ON idempotency TO nastavnik_engine;
GRANT SELECT (created_at) ON idempotency TO nastavnik_engine;
GRANT INSERT, SELECT, UPDATE ON idempotency TO nastavnik_respondent;

CREATE TABLE audit (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_id bigint,
    at timestamp with time zone NOT NULL DEFAULT now(),
    actor_id bigint,
    actor_role text NOT NULL,
    request_id text,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id bigint,
    programme_id bigint,
    entity_uuid uuid,
    CONSTRAINT audit_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT audit_action_check CHECK ((length(action) <= 60)),
    CONSTRAINT audit_entity_check CHECK ((length(entity) <= 60))
);
COMMENT ON TABLE audit IS 'Who did what to which row; ids and codes only. Appended in the transaction of the deed.';
COMMENT ON COLUMN audit.entity_uuid IS 'The row of an entity that has a uuid instead of a number: a job, a delivery.';
CREATE INDEX audit_entity ON public.audit USING btree (municipality_id, entity, entity_id);
CREATE INDEX audit_entity_uuid ON public.audit USING btree (municipality_id, entity, entity_uuid) WHERE (entity_uuid IS NOT NULL);
CREATE TRIGGER audit_awaits_its_link AFTER INSERT ON public.audit REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit_awaits_its_link();
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON audit TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT ON audit TO nastavnik_api;
GRANT SELECT ON audit TO nastavnik_auditor;
GRANT INSERT, SELECT ON audit TO nastavnik_engine;
GRANT INSERT ON audit TO nastavnik_respondent;

CREATE TABLE pack (
    municipality_id bigint NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    checksum text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    CONSTRAINT pack_pkey PRIMARY KEY (municipality_id, code, version),
    CONSTRAINT pack_checksum_check CHECK ((length(checksum) = 64)),
    CONSTRAINT pack_code_check CHECK ((code ~ '^[a-z0-9_]{1,60}$'::text)),
    CONSTRAINT pack_version_check CHECK (((version >= 1) AND (version <= 9999))),
    CONSTRAINT pack_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id)
);
COMMENT ON TABLE pack IS 'A municipality''s own packs; shipped packs come with the program. Never changed.';
ALTER TABLE pack ENABLE ROW LEVEL SECURITY;
ALTER TABLE pack FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON pack TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT ON pack TO nastavnik_api;
GRANT SELECT ON pack TO nastavnik_auditor;
GRANT SELECT ON pack TO nastavnik_engine;
GRANT SELECT ON pack TO nastavnik_respondent;

CREATE TABLE programme (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_year smallint NOT NULL,
    pack_code text NOT NULL,
    pack_version integer NOT NULL,
    stage text NOT NULL,
    resume_stage text,
    version integer NOT NULL DEFAULT 1,
    inputs_version bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT programme_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT programme_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT programme_resume CHECK (((stage = 'suspended'::text) = (resume_stage IS NOT NULL))),
    CONSTRAINT programme_school_year_check CHECK (((school_year >= 2000) AND (school_year <= 2099))),
    CONSTRAINT programme_stage_check CHECK ((length(stage) <= 60)),
    CONSTRAINT programme_municipality_id_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
) WITH (fillfactor=70);
COMMENT ON COLUMN programme.version IS 'Number of the last event: transitions alone move it.';
COMMENT ON COLUMN programme.inputs_version IS 'Grows with every fact that a computed result rests on.';
CREATE UNIQUE INDEX programme_one_a_year ON public.programme USING btree (municipality_id, school_id, school_year) WHERE (stage <> 'cancelled'::text);
ALTER TABLE programme ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON programme TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON programme AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON programme TO nastavnik_api;
GRANT UPDATE (stage, resume_stage, version, inputs_version) ON programme TO nastavnik_api;
GRANT SELECT ON programme TO nastavnik_auditor;
GRANT SELECT ON programme TO nastavnik_engine;
GRANT UPDATE (inputs_version) ON programme TO nastavnik_engine;
GRANT SELECT ON programme TO nastavnik_respondent;
GRANT UPDATE (inputs_version) ON programme TO nastavnik_respondent;

CREATE TABLE programme_event (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    trigger text NOT NULL,
    src text,
    dst text NOT NULL,
    actor_id bigint NOT NULL,
    body text NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT programme_event_pkey PRIMARY KEY (municipality_id, programme_id, seq),
    CONSTRAINT programme_event_seq_check CHECK ((seq > 0)),
    CONSTRAINT programme_event_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN programme_event.body IS 'Canonical JSON as text (jsonb would reorder keys): all columns, the guard report, the reason''s commitment.';
COMMENT ON COLUMN programme_event.hash IS 'SHA-256 of prev_hash and body.';
CREATE TRIGGER feed AFTER INSERT ON public.programme_event FOR EACH ROW EXECUTE FUNCTION feed_of_programme();
ALTER TABLE programme_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON programme_event TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON programme_event AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON programme_event TO nastavnik_api;
GRANT SELECT ON programme_event TO nastavnik_auditor;
GRANT SELECT ON programme_event TO nastavnik_engine;

CREATE TABLE event_reason (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    seq integer NOT NULL,
    salt bytea NOT NULL,
    reason text NOT NULL,
    CONSTRAINT event_reason_pkey PRIMARY KEY (municipality_id, programme_id, seq),
    CONSTRAINT event_reason_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000))),
    CONSTRAINT event_reason_municipality_id_programme_id_seq_fkey FOREIGN KEY (municipality_id, programme_id, seq) REFERENCES programme_event(municipality_id, programme_id, seq)
);
COMMENT ON TABLE event_reason IS 'Free text apart from the chain: erasure removes it and its salt, the chain still verifies.';
ALTER TABLE event_reason ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_reason FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON event_reason TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON event_reason AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT DELETE, INSERT, SELECT ON event_reason TO nastavnik_api;
GRANT SELECT ON event_reason TO nastavnik_auditor;
GRANT SELECT ON event_reason TO nastavnik_engine;

CREATE TABLE fulfilment (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    activity_key text NOT NULL,
    fulfilled_on date NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT fulfilment_pkey PRIMARY KEY (municipality_id, programme_id, activity_key),
    CONSTRAINT fulfilment_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE fulfilment IS 'The first time an activity''s guards were true; kept for good.';
COMMENT ON COLUMN fulfilment.fulfilled_on IS 'Local date; of the documents where documents show it.';
ALTER TABLE fulfilment ENABLE ROW LEVEL SECURITY;
ALTER TABLE fulfilment FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON fulfilment TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON fulfilment AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON fulfilment TO nastavnik_api;
GRANT SELECT ON fulfilment TO nastavnik_auditor;
GRANT SELECT ON fulfilment TO nastavnik_engine;

CREATE TABLE person (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    kind text NOT NULL,
    family_name text NOT NULL,
    given_name text NOT NULL,
    patronymic text,
    birth_on date,
    is_young_specialist boolean NOT NULL DEFAULT false,
    contact text,
    representative text,
    erased_at timestamp with time zone,
    CONSTRAINT person_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT person_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT person_contact_check CHECK ((length(contact) <= 300)),
    CONSTRAINT person_erased CHECK (((erased_at IS NULL) OR ((ended_at IS NOT NULL) AND (num_nonnulls(patronymic, birth_on, contact, representative, end_reason) = 0)))),
    CONSTRAINT person_family_name_check CHECK (((length(family_name) >= 1) AND (length(family_name) <= 100))),
    CONSTRAINT person_given_name_check CHECK (((length(given_name) >= 1) AND (length(given_name) <= 100))),
    CONSTRAINT person_kind_check CHECK ((kind = ANY (ARRAY['pupil'::text, 'teacher'::text, 'psychologist'::text, 'staff'::text, 'parent'::text, 'outside'::text]))),
    CONSTRAINT person_patronymic_check CHECK ((length(patronymic) <= 100)),
    CONSTRAINT person_representative_check CHECK ((length(representative) <= 300)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT person_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
COMMENT ON COLUMN person.erased_at IS 'A stone: the row stays so that keys hold, says nothing of anybody, and never changes again.';
CREATE INDEX person_name ON public.person USING btree (municipality_id, school_id, family_name, given_name) WHERE (ended_at IS NULL);
CREATE TRIGGER keep_stone BEFORE UPDATE ON public.person FOR EACH ROW WHEN ((old.erased_at IS NOT NULL)) EXECUTE FUNCTION keep_stone();
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON person TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON person AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON person TO nastavnik_api;
GRANT SELECT ON person TO nastavnik_auditor;
GRANT SELECT ON person TO nastavnik_engine;

CREATE TABLE person_grade (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    person_id bigint NOT NULL,
    school_year smallint NOT NULL,
    grade smallint NOT NULL,
    class_letter text,
    CONSTRAINT person_grade_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT person_grade_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT person_grade_class_letter_check CHECK ((length(class_letter) <= 5)),
    CONSTRAINT person_grade_grade_check CHECK (((grade >= 1) AND (grade <= 12))),
    CONSTRAINT person_grade_school_year_check CHECK (((school_year >= 2000) AND (school_year <= 2099))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT person_grade_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT person_grade_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
CREATE UNIQUE INDEX person_grade_year ON public.person_grade USING btree (municipality_id, person_id, school_year) WHERE (ended_at IS NULL);
CREATE TRIGGER refuse_stone BEFORE INSERT ON public.person_grade FOR EACH ROW EXECUTE FUNCTION refuse_stone();
ALTER TABLE person_grade ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_grade FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON person_grade TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON person_grade AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON person_grade TO nastavnik_api;
GRANT SELECT ON person_grade TO nastavnik_auditor;
GRANT SELECT ON person_grade TO nastavnik_engine;

CREATE TABLE consent (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    given_by text NOT NULL,
    representative text,
    given_on date NOT NULL,
    valid_until date,
    document text NOT NULL,
    withdrawn_on date,
    CONSTRAINT consent_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT consent_municipality_id_school_id_id_key UNIQUE (municipality_id, school_id, id),
    CONSTRAINT consent_document_check CHECK (((length(document) >= 1) AND (length(document) <= 300))),
    CONSTRAINT consent_given_by_check CHECK ((given_by = ANY (ARRAY['self'::text, 'representative'::text]))),
    CONSTRAINT consent_kind_check CHECK ((kind = ANY (ARRAY['processing'::text, 'publication'::text, 'photo'::text, 'transfer'::text, 'psych'::text]))),
    CONSTRAINT consent_representative CHECK (((given_by = 'self'::text) OR (representative IS NOT NULL))),
    CONSTRAINT consent_representative_check CHECK ((length(representative) <= 300)),
    CONSTRAINT consent_term CHECK ((valid_until >= given_on)),
    CONSTRAINT consent_withdrawal CHECK ((withdrawn_on >= given_on)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT consent_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT consent_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id)
);
CREATE INDEX consent_of ON public.consent USING btree (municipality_id, person_id, kind) INCLUDE (school_id, given_on, valid_until, withdrawn_on) WHERE (ended_at IS NULL);
CREATE INDEX consent_withdrawn ON public.consent USING btree (municipality_id, school_id, person_id) WHERE ((withdrawn_on IS NOT NULL) AND (kind = 'processing'::text) AND (ended_at IS NULL));
CREATE TRIGGER refuse_stone BEFORE INSERT ON public.consent FOR EACH ROW EXECUTE FUNCTION refuse_stone();
ALTER TABLE consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON consent TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON consent AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON consent TO nastavnik_api;
GRANT SELECT ON consent TO nastavnik_auditor;
GRANT SELECT ON consent TO nastavnik_engine;

CREATE TABLE evidence (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    title text NOT NULL,
    kinds text[] NOT NULL,
    activity_keys text[] NOT NULL DEFAULT '{}'::text[],
    number text,
    dated_on date NOT NULL,
    body text NOT NULL,
    agreed_by text,
    link text,
    CONSTRAINT evidence_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT evidence_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT evidence_activity_keys_check CHECK ((cardinality(activity_keys) <= 30)),
    CONSTRAINT evidence_agreed_by_check CHECK ((length(agreed_by) <= 300)),
    CONSTRAINT evidence_body_check CHECK ((body = ANY (ARRAY['order'::text, 'protocol'::text, 'pedagogical_council'::text, 'act'::text, 'letter'::text, 'other'::text]))),
    CONSTRAINT evidence_kinds_check CHECK (((cardinality(kinds) >= 1) AND (cardinality(kinds) <= 10))),
    CONSTRAINT evidence_link_check CHECK ((length(link) <= 1000)),
    CONSTRAINT evidence_number_check CHECK ((length(number) <= 60)),
    CONSTRAINT evidence_title_check CHECK (((length(title) >= 1) AND (length(title) <= 300))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT evidence_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN evidence.kinds IS 'What the document is: one order may carry several as annexes.';
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON evidence TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON evidence AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON evidence TO nastavnik_api;
GRANT SELECT ON evidence TO nastavnik_auditor;
GRANT SELECT ON evidence TO nastavnik_engine;

CREATE TABLE appointment (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    person_id bigint NOT NULL,
    duty text NOT NULL,
    appointed_on date NOT NULL,
    evidence_id bigint,
    CONSTRAINT appointment_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT appointment_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT appointment_duty_check CHECK ((duty = ANY (ARRAY['curator'::text, 'member'::text]))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT appointment_municipality_id_programme_id_evidence_id_fkey FOREIGN KEY (municipality_id, programme_id, evidence_id) REFERENCES evidence(municipality_id, programme_id, id),
    CONSTRAINT appointment_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT appointment_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE appointment IS 'Membership of the working group by the school''s order; apart from login roles.';
CREATE UNIQUE INDEX appointment_once ON public.appointment USING btree (municipality_id, programme_id, person_id, duty) WHERE (ended_at IS NULL);
CREATE INDEX appointment_person ON public.appointment USING btree (municipality_id, person_id);
ALTER TABLE appointment ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointment FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON appointment TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON appointment AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON appointment TO nastavnik_api;
GRANT SELECT ON appointment TO nastavnik_auditor;
GRANT SELECT ON appointment TO nastavnik_engine;

CREATE TABLE information (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    audience text NOT NULL,
    informed_on date NOT NULL,
    way text NOT NULL,
    CONSTRAINT information_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT information_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT information_audience_check CHECK ((audience = ANY (ARRAY['staff'::text, 'students'::text, 'parents'::text, 'partners'::text]))),
    CONSTRAINT information_way_check CHECK (((length(way) >= 1) AND (length(way) <= 300))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT information_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE information ENABLE ROW LEVEL SECURITY;
ALTER TABLE information FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON information TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON information AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON information TO nastavnik_api;
GRANT SELECT ON information TO nastavnik_auditor;
GRANT SELECT ON information TO nastavnik_engine;

CREATE TABLE request (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    audience text NOT NULL,
    topic text NOT NULL,
    number_of_people integer NOT NULL,
    collected_on date NOT NULL,
    CONSTRAINT request_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT request_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT request_audience_check CHECK ((audience = ANY (ARRAY['students'::text, 'teachers'::text, 'young_specialists'::text]))),
    CONSTRAINT request_number_of_people_check CHECK (((number_of_people >= 1) AND (number_of_people <= 100000))),
    CONSTRAINT request_topic_check CHECK (((length(topic) >= 1) AND (length(topic) <= 200))),
    CONSTRAINT request_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE request IS 'Preliminary requests: counts by topic, no names.';
ALTER TABLE request ENABLE ROW LEVEL SECURITY;
ALTER TABLE request FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON request TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON request AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON request TO nastavnik_api;
GRANT SELECT ON request TO nastavnik_auditor;
GRANT SELECT ON request TO nastavnik_engine;

CREATE TABLE goal (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    form text,
    topics text[] NOT NULL DEFAULT '{}'::text[],
    CONSTRAINT goal_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT goal_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT goal_form CHECK (((kind = 'form'::text) = (form IS NOT NULL))),
    CONSTRAINT goal_form_check CHECK ((length(form) <= 60)),
    CONSTRAINT goal_kind_check CHECK ((kind = ANY (ARRAY['task'::text, 'form'::text, 'expected_result'::text]))),
    CONSTRAINT goal_text_check CHECK (((length(text) >= 1) AND (length(text) <= 1000))),
    CONSTRAINT goal_topics CHECK (((kind = 'expected_result'::text) OR (cardinality(topics) = 0))),
    CONSTRAINT goal_topics_check CHECK ((cardinality(topics) <= 50)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT goal_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN goal.topics IS 'Request topics an expected result answers; mentees with the topic inherit it.';
ALTER TABLE goal ENABLE ROW LEVEL SECURITY;
ALTER TABLE goal FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON goal TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON goal AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON goal TO nastavnik_api;
GRANT SELECT ON goal TO nastavnik_auditor;
GRANT SELECT ON goal TO nastavnik_engine;

CREATE TABLE roadmap_approval (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    approved_on date NOT NULL,
    evidence_id bigint NOT NULL,
    CONSTRAINT roadmap_approval_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT roadmap_approval_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT roadmap_approval_municipality_id_programme_id_evidence_id_fkey FOREIGN KEY (municipality_id, programme_id, evidence_id) REFERENCES evidence(municipality_id, programme_id, id),
    CONSTRAINT roadmap_approval_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE roadmap_approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmap_approval FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON roadmap_approval TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON roadmap_approval AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON roadmap_approval TO nastavnik_api;
GRANT SELECT ON roadmap_approval TO nastavnik_auditor;
GRANT SELECT ON roadmap_approval TO nastavnik_engine;

CREATE TABLE activity_plan (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    activity_key text NOT NULL,
    responsible_id bigint,
    planned_on date,
    CONSTRAINT activity_plan_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT activity_plan_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT activity_plan_activity_key_check CHECK ((length(activity_key) <= 20)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT activity_plan_municipality_id_school_id_responsible_id_fkey FOREIGN KEY (municipality_id, school_id, responsible_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT activity_plan_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE activity_plan IS 'A line of the roadmap; all lines are made with the programme.';
CREATE UNIQUE INDEX activity_plan_once ON public.activity_plan USING btree (municipality_id, programme_id, activity_key) WHERE (ended_at IS NULL);
CREATE INDEX activity_plan_person ON public.activity_plan USING btree (municipality_id, responsible_id) WHERE (responsible_id IS NOT NULL);
ALTER TABLE activity_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_plan FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON activity_plan TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON activity_plan AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON activity_plan TO nastavnik_api;
GRANT SELECT ON activity_plan TO nastavnik_auditor;
GRANT SELECT ON activity_plan TO nastavnik_engine;

CREATE TABLE collection (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    source text NOT NULL,
    outcome text NOT NULL,
    waiver text,
    collected_on date NOT NULL,
    note text,
    CONSTRAINT collection_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT collection_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT collection_note_check CHECK ((length(note) <= 500)),
    CONSTRAINT collection_outcome_check CHECK ((outcome = ANY (ARRAY['used'::text, 'not_applicable'::text]))),
    CONSTRAINT collection_source_check CHECK ((source = ANY (ARRAY['parents'::text, 'homeroom_teachers'::text, 'psychologists'::text, 'career_tests'::text]))),
    CONSTRAINT collection_waiver CHECK (((outcome = 'not_applicable'::text) = (waiver IS NOT NULL))),
    CONSTRAINT collection_waiver_check CHECK ((waiver = ANY (ARRAY['not_in_staff'::text, 'no_grades_9_11'::text, 'no_young_specialists'::text, 'form_not_used'::text]))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT collection_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX collection_once ON public.collection USING btree (municipality_id, programme_id, source) WHERE (ended_at IS NULL);
ALTER TABLE collection ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON collection TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON collection AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON collection TO nastavnik_api;
GRANT SELECT ON collection TO nastavnik_auditor;
GRANT SELECT ON collection TO nastavnik_engine;

CREATE TABLE extension (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    activity_key text,
    stage_key text,
    due_on date NOT NULL,
    document text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT extension_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT extension_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT extension_activity_key_check CHECK ((length(activity_key) <= 20)),
    CONSTRAINT extension_document_check CHECK (((length(document) >= 1) AND (length(document) <= 300))),
    CONSTRAINT extension_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1000))),
    CONSTRAINT extension_scope CHECK ((num_nonnulls(activity_key, stage_key) <= 1)),
    CONSTRAINT extension_stage_key_check CHECK ((length(stage_key) <= 60)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT extension_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE extension IS 'Granted by the methodist: an activity, a stage, or (neither) all that is left.';
CREATE UNIQUE INDEX extension_once ON public.extension USING btree (municipality_id, programme_id, COALESCE(activity_key, stage_key, ''::text)) WHERE (ended_at IS NULL);
ALTER TABLE extension ENABLE ROW LEVEL SECURITY;
ALTER TABLE extension FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON extension TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON extension AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON extension TO nastavnik_api;
GRANT SELECT ON extension TO nastavnik_auditor;
GRANT SELECT ON extension TO nastavnik_engine;

CREATE TABLE mentee (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    person_id bigint NOT NULL,
    topics text[] NOT NULL DEFAULT '{}'::text[],
    joined_on date,
    source text,
    wish text,
    CONSTRAINT mentee_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT mentee_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT mentee_source_check CHECK ((source = ANY (ARRAY['parents'::text, 'homeroom_teachers'::text, 'psychologists'::text, 'career_tests'::text, 'self'::text]))),
    CONSTRAINT mentee_topics_check CHECK ((cardinality(topics) <= 20)),
    CONSTRAINT mentee_wish_check CHECK ((length(wish) <= 500)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT mentee_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT mentee_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN mentee.topics IS 'What the mentee asks for; may be filled only while the consent is in force.';
CREATE UNIQUE INDEX mentee_once ON public.mentee USING btree (municipality_id, programme_id, person_id) WHERE (ended_at IS NULL);
CREATE INDEX mentee_person ON public.mentee USING btree (municipality_id, person_id);
ALTER TABLE mentee ENABLE ROW LEVEL SECURITY;
ALTER TABLE mentee FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON mentee TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON mentee AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON mentee TO nastavnik_api;
GRANT SELECT ON mentee TO nastavnik_auditor;
GRANT SELECT ON mentee TO nastavnik_engine;

CREATE TABLE mentor (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    person_id bigint NOT NULL,
    origin text NOT NULL,
    form text,
    capacity smallint,
    competencies text,
    achievements text,
    interests text,
    wished_grades text,
    hours_per_month smallint,
    joined_on date,
    CONSTRAINT mentor_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT mentor_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT mentor_achievements_check CHECK ((length(achievements) <= 1000)),
    CONSTRAINT mentor_capacity_check CHECK (((capacity >= 1) AND (capacity <= 30))),
    CONSTRAINT mentor_competencies_check CHECK ((length(competencies) <= 1000)),
    CONSTRAINT mentor_form_check CHECK ((length(form) <= 60)),
    CONSTRAINT mentor_hours_per_month_check CHECK (((hours_per_month >= 0) AND (hours_per_month <= 200))),
    CONSTRAINT mentor_interests_check CHECK ((length(interests) <= 1000)),
    CONSTRAINT mentor_origin_check CHECK ((origin = ANY (ARRAY['teachers'::text, 'pupils_9_11'::text, 'other'::text]))),
    CONSTRAINT mentor_wished_grades_check CHECK ((length(wished_grades) <= 100)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT mentor_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT mentor_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE mentor IS 'A candidate until the selection decision, a mentor after it.';
CREATE UNIQUE INDEX mentor_once ON public.mentor USING btree (municipality_id, programme_id, person_id) WHERE (ended_at IS NULL);
CREATE INDEX mentor_person ON public.mentor USING btree (municipality_id, person_id);
ALTER TABLE mentor ENABLE ROW LEVEL SECURITY;
ALTER TABLE mentor FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON mentor TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON mentor AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON mentor TO nastavnik_api;
GRANT SELECT ON mentor TO nastavnik_auditor;
GRANT SELECT ON mentor TO nastavnik_engine;

CREATE TABLE criterion (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    text text NOT NULL,
    topics text[] NOT NULL DEFAULT '{}'::text[],
    is_general boolean NOT NULL DEFAULT false,
    approved_on date NOT NULL,
    CONSTRAINT criterion_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT criterion_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT criterion_scope CHECK ((is_general = (cardinality(topics) = 0))),
    CONSTRAINT criterion_text_check CHECK (((length(text) >= 1) AND (length(text) <= 1000))),
    CONSTRAINT criterion_topics_check CHECK ((cardinality(topics) <= 50)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT criterion_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE criterion ENABLE ROW LEVEL SECURITY;
ALTER TABLE criterion FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON criterion TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON criterion AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON criterion TO nastavnik_api;
GRANT SELECT ON criterion TO nastavnik_auditor;
GRANT SELECT ON criterion TO nastavnik_engine;

CREATE TABLE decision (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    mentor_id bigint NOT NULL,
    outcome text NOT NULL,
    decided_on date NOT NULL,
    reason text,
    CONSTRAINT decision_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT decision_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT decision_outcome_check CHECK ((outcome = ANY (ARRAY['selected'::text, 'reserve'::text, 'declined'::text]))),
    CONSTRAINT decision_reason CHECK (((outcome <> 'declined'::text) OR (reason IS NOT NULL))),
    CONSTRAINT decision_reason_check CHECK ((length(reason) <= 1000)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT decision_municipality_id_programme_id_mentor_id_fkey FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor(municipality_id, programme_id, id),
    CONSTRAINT decision_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX decision_once ON public.decision USING btree (municipality_id, programme_id, mentor_id) WHERE (ended_at IS NULL);
ALTER TABLE decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE decision FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON decision TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON decision AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON decision TO nastavnik_api;
GRANT SELECT ON decision TO nastavnik_auditor;
GRANT SELECT ON decision TO nastavnik_engine;

CREATE TABLE training (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    title text NOT NULL,
    held_on date NOT NULL,
    hours numeric(5,1) NOT NULL,
    CONSTRAINT training_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT training_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT training_hours_check CHECK (((hours > (0)::numeric) AND (hours <= (500)::numeric))),
    CONSTRAINT training_title_check CHECK (((length(title) >= 1) AND (length(title) <= 300))),
    CONSTRAINT training_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE training ENABLE ROW LEVEL SECURITY;
ALTER TABLE training FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON training TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON training AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON training TO nastavnik_api;
GRANT SELECT ON training TO nastavnik_auditor;
GRANT SELECT ON training TO nastavnik_engine;

CREATE TABLE training_participant (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    training_id bigint NOT NULL,
    mentor_id bigint NOT NULL,
    completed_on date,
    CONSTRAINT training_participant_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT training_participant_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT training_participant_municipality_id_programme_id_mentor_i_fkey FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor(municipality_id, programme_id, id),
    CONSTRAINT training_participant_municipality_id_programme_id_training_fkey FOREIGN KEY (municipality_id, programme_id, training_id) REFERENCES training(municipality_id, programme_id, id),
    CONSTRAINT training_participant_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX training_participant_mentor ON public.training_participant USING btree (municipality_id, programme_id, mentor_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX training_participant_once ON public.training_participant USING btree (municipality_id, training_id, mentor_id) WHERE (ended_at IS NULL);
ALTER TABLE training_participant ENABLE ROW LEVEL SECURITY;
ALTER TABLE training_participant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON training_participant TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON training_participant AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON training_participant TO nastavnik_api;
GRANT SELECT ON training_participant TO nastavnik_auditor;
GRANT SELECT ON training_participant TO nastavnik_engine;

CREATE TABLE pair (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    mentor_id bigint NOT NULL,
    kind text NOT NULL,
    form text NOT NULL,
    role_variant text,
    format text,
    starts_on date,
    ends_on date,
    mentor_agreed_on date,
    mentor_guardian_agreed_on date,
    closed_on date,
    outcome text,
    goal_attained text,
    CONSTRAINT pair_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT pair_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT pair_closed CHECK ((closed_on >= starts_on)),
    CONSTRAINT pair_form_check CHECK (((length(form) >= 1) AND (length(form) <= 60))),
    CONSTRAINT pair_format_check CHECK (((length(format) >= 1) AND (length(format) <= 200))),
    CONSTRAINT pair_goal_attained_check CHECK ((goal_attained = ANY (ARRAY['yes'::text, 'partly'::text, 'no'::text]))),
    CONSTRAINT pair_kind_check CHECK ((kind = ANY (ARRAY['pair'::text, 'group'::text]))),
    CONSTRAINT pair_outcome CHECK (((closed_on IS NULL) = (outcome IS NULL))),
    CONSTRAINT pair_outcome_check CHECK ((outcome = ANY (ARRAY['completed'::text, 'early'::text, 'rematched'::text, 'carried_over'::text]))),
    CONSTRAINT pair_period CHECK ((ends_on >= starts_on)),
    CONSTRAINT pair_role_variant_check CHECK ((length(role_variant) <= 200)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT pair_municipality_id_programme_id_mentor_id_fkey FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor(municipality_id, programme_id, id),
    CONSTRAINT pair_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN pair.outcome IS 'How the pair ended; completed is never a kind of cancelled. ended_at stays for rows entered by mistake.';
CREATE INDEX pair_mentor ON public.pair USING btree (municipality_id, programme_id, mentor_id) WHERE (ended_at IS NULL);
ALTER TABLE pair ENABLE ROW LEVEL SECURITY;
ALTER TABLE pair FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON pair AS RESTRICTIVE TO nastavnik_respondent
    USING ((id =
CASE
    WHEN (( SELECT app_purpose() AS app_purpose) = 'log_meeting'::text) THEN ( SELECT app_subject_id() AS app_subject_id)
    WHEN (( SELECT app_purpose() AS app_purpose) = ANY (ARRAY['confirm_pair'::text, 'confirm_pair_guardian'::text])) THEN ( SELECT m.pair_id
       FROM pair_member m
      WHERE (m.id = app_subject_id()))
    ELSE NULL::bigint
END));
CREATE POLICY tenant_municipality ON pair TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON pair AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON pair TO nastavnik_api;
GRANT SELECT ON pair TO nastavnik_auditor;
GRANT SELECT ON pair TO nastavnik_engine;
GRANT SELECT ON pair TO nastavnik_respondent;

CREATE TABLE pair_member (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    mentee_id bigint NOT NULL,
    mentee_agreed_on date,
    guardian_agreed_on date,
    CONSTRAINT pair_member_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT pair_member_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT pair_member_municipality_id_programme_id_mentee_id_fkey FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee(municipality_id, programme_id, id),
    CONSTRAINT pair_member_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT pair_member_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX pair_member_mentee ON public.pair_member USING btree (municipality_id, programme_id, mentee_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX pair_member_once ON public.pair_member USING btree (municipality_id, pair_id, mentee_id) WHERE (ended_at IS NULL);
CREATE INDEX pair_member_pair ON public.pair_member USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE pair_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE pair_member FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON pair_member AS RESTRICTIVE TO nastavnik_respondent
    USING (((( SELECT app_purpose() AS app_purpose) = ANY (ARRAY['confirm_pair'::text, 'confirm_pair_guardian'::text])) AND (id = ( SELECT app_subject_id() AS app_subject_id))));
CREATE POLICY tenant_municipality ON pair_member TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON pair_member AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON pair_member TO nastavnik_api;
GRANT SELECT ON pair_member TO nastavnik_auditor;
GRANT SELECT ON pair_member TO nastavnik_engine;
GRANT SELECT ON pair_member TO nastavnik_respondent;
GRANT UPDATE (version, updated_at, mentee_agreed_on, guardian_agreed_on) ON pair_member TO nastavnik_respondent;

CREATE TABLE waiting_entry (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    mentee_id bigint NOT NULL,
    reason text NOT NULL,
    since_on date NOT NULL,
    CONSTRAINT waiting_entry_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT waiting_entry_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT waiting_entry_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT waiting_entry_municipality_id_programme_id_mentee_id_fkey FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee(municipality_id, programme_id, id),
    CONSTRAINT waiting_entry_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX waiting_entry_once ON public.waiting_entry USING btree (municipality_id, programme_id, mentee_id) WHERE (ended_at IS NULL);
ALTER TABLE waiting_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE waiting_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON waiting_entry TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON waiting_entry AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON waiting_entry TO nastavnik_api;
GRANT SELECT ON waiting_entry TO nastavnik_auditor;
GRANT SELECT ON waiting_entry TO nastavnik_engine;

CREATE TABLE trait (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    side text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    noted_on date NOT NULL,
    CONSTRAINT trait_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT trait_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT trait_kind_check CHECK ((kind = ANY (ARRAY['strength'::text, 'growth_area'::text]))),
    CONSTRAINT trait_side_check CHECK ((side = ANY (ARRAY['mentor'::text, 'mentee'::text]))),
    CONSTRAINT trait_text_check CHECK (((length(text) >= 1) AND (length(text) <= 500))),
    CONSTRAINT trait_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT trait_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE trait IS 'Strengths and growth areas of both sides; a child''s are never shown to a pupil mentor.';
CREATE INDEX trait_pair ON public.trait USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE trait ENABLE ROW LEVEL SECURITY;
ALTER TABLE trait FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON trait TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON trait AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON trait TO nastavnik_api;
GRANT SELECT ON trait TO nastavnik_auditor;
GRANT SELECT ON trait TO nastavnik_engine;

CREATE TABLE pair_goal (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    text text NOT NULL,
    CONSTRAINT pair_goal_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT pair_goal_municipality_id_pair_id_id_key UNIQUE (municipality_id, pair_id, id),
    CONSTRAINT pair_goal_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT pair_goal_text_check CHECK (((length(text) >= 1) AND (length(text) <= 1000))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT pair_goal_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT pair_goal_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX pair_goal_pair ON public.pair_goal USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE pair_goal ENABLE ROW LEVEL SECURITY;
ALTER TABLE pair_goal FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON pair_goal TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON pair_goal AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON pair_goal TO nastavnik_api;
GRANT SELECT ON pair_goal TO nastavnik_auditor;
GRANT SELECT ON pair_goal TO nastavnik_engine;

CREATE TABLE pair_task (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    goal_id bigint NOT NULL,
    text text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    done_on date,
    CONSTRAINT pair_task_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT pair_task_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT pair_task_period CHECK ((ends_on >= starts_on)),
    CONSTRAINT pair_task_text_check CHECK (((length(text) >= 1) AND (length(text) <= 1000))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT pair_task_municipality_id_pair_id_goal_id_fkey FOREIGN KEY (municipality_id, pair_id, goal_id) REFERENCES pair_goal(municipality_id, pair_id, id),
    CONSTRAINT pair_task_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT pair_task_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX pair_task_pair ON public.pair_task USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE pair_task ENABLE ROW LEVEL SECURITY;
ALTER TABLE pair_task FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON pair_task TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON pair_task AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON pair_task TO nastavnik_api;
GRANT SELECT ON pair_task TO nastavnik_auditor;
GRANT SELECT ON pair_task TO nastavnik_engine;

CREATE TABLE plan_event (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    title text NOT NULL,
    planned_on date NOT NULL,
    CONSTRAINT plan_event_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT plan_event_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT plan_event_title_check CHECK (((length(title) >= 1) AND (length(title) <= 300))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT plan_event_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT plan_event_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX plan_event_pair ON public.plan_event USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE plan_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON plan_event TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON plan_event AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON plan_event TO nastavnik_api;
GRANT SELECT ON plan_event TO nastavnik_auditor;
GRANT SELECT ON plan_event TO nastavnik_engine;

CREATE TABLE specialist (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    person_id bigint,
    outside_organisation text,
    schedule text NOT NULL,
    CONSTRAINT specialist_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT specialist_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT specialist_outside_organisation_check CHECK (((length(outside_organisation) >= 1) AND (length(outside_organisation) <= 300))),
    CONSTRAINT specialist_schedule_check CHECK (((length(schedule) >= 1) AND (length(schedule) <= 1000))),
    CONSTRAINT specialist_who CHECK ((num_nonnulls(person_id, outside_organisation) = 1)),
    CONSTRAINT specialist_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT specialist_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE INDEX specialist_person ON public.specialist USING btree (municipality_id, person_id) WHERE (person_id IS NOT NULL);
ALTER TABLE specialist ENABLE ROW LEVEL SECURITY;
ALTER TABLE specialist FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON specialist TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON specialist AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON specialist TO nastavnik_api;
GRANT SELECT ON specialist TO nastavnik_auditor;
GRANT SELECT ON specialist TO nastavnik_engine;

CREATE TABLE support (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    mode text NOT NULL,
    specialist_id bigint,
    decided_on date NOT NULL,
    declined_by text,
    CONSTRAINT support_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT support_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT support_declined CHECK (((mode = 'declined'::text) = (declined_by IS NOT NULL))),
    CONSTRAINT support_declined_by_check CHECK ((length(declined_by) <= 300)),
    CONSTRAINT support_mode_check CHECK ((mode = ANY (ARRAY['planned'::text, 'on_request'::text, 'declined'::text]))),
    CONSTRAINT support_specialist CHECK (((mode <> 'planned'::text) OR (specialist_id IS NOT NULL))),
    CONSTRAINT support_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT support_municipality_id_programme_id_specialist_id_fkey FOREIGN KEY (municipality_id, programme_id, specialist_id) REFERENCES specialist(municipality_id, programme_id, id),
    CONSTRAINT support_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX support_once ON public.support USING btree (municipality_id, pair_id) WHERE (ended_at IS NULL);
CREATE INDEX support_pair ON public.support USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE support ENABLE ROW LEVEL SECURITY;
ALTER TABLE support FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON support TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON support AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON support TO nastavnik_api;
GRANT SELECT ON support TO nastavnik_auditor;
GRANT SELECT ON support TO nastavnik_engine;

CREATE TABLE meeting (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    planned_on date,
    held_on date,
    topic text,
    minutes smallint,
    CONSTRAINT meeting_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT meeting_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT meeting_day CHECK ((num_nonnulls(planned_on, held_on) >= 1)),
    CONSTRAINT meeting_minutes_check CHECK (((minutes >= 1) AND (minutes <= 1440))),
    CONSTRAINT meeting_topic_check CHECK ((length(topic) <= 300)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT meeting_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT meeting_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE meeting IS 'A plan needs a trained mentor; a held meeting can always be recorded.';
CREATE INDEX meeting_pair ON public.meeting USING btree (municipality_id, programme_id, pair_id) INCLUDE (school_id) WHERE (ended_at IS NULL);
ALTER TABLE meeting ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON meeting AS RESTRICTIVE TO nastavnik_respondent
    USING (((( SELECT app_purpose() AS app_purpose) = 'log_meeting'::text) AND (pair_id = ( SELECT app_subject_id() AS app_subject_id))))
    WITH CHECK (((( SELECT app_purpose() AS app_purpose) = 'log_meeting'::text) AND (pair_id = ( SELECT app_subject_id() AS app_subject_id))));
CREATE POLICY tenant_municipality ON meeting TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON meeting AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON meeting TO nastavnik_api;
GRANT SELECT ON meeting TO nastavnik_auditor;
GRANT SELECT ON meeting TO nastavnik_engine;
GRANT INSERT, SELECT ON meeting TO nastavnik_respondent;

CREATE TABLE job_run (
    municipality_id bigint NOT NULL,
    school_id bigint,
    programme_id bigint,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    run_no integer NOT NULL DEFAULT 1,
    kind text NOT NULL,
    args jsonb NOT NULL DEFAULT '{}'::jsonb,
    cause text NOT NULL,
    status text NOT NULL DEFAULT 'queued'::text,
    fence integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    next_at timestamp with time zone NOT NULL DEFAULT now(),
    lease_until timestamp with time zone,
    worker text,
    progress real NOT NULL DEFAULT 0,
    error_code text,
    error_ru text,
    error_en text,
    inputs_version bigint,
    requested_by bigint,
    traceparent text,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT job_run_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT job_run_id_key UNIQUE (id),
    CONSTRAINT job_run_args CHECK ((jsonb_typeof(args) = 'object'::text)),
    CONSTRAINT job_run_cause_check CHECK ((length(cause) <= 60)),
    CONSTRAINT job_run_kind_check CHECK ((kind ~ '^[a-z_]{1,60}$'::text)),
    CONSTRAINT job_run_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 100))),
    CONSTRAINT job_run_owner CHECK (((school_id IS NULL) = (programme_id IS NULL))),
    CONSTRAINT job_run_progress_check CHECK (((progress >= (0)::double precision) AND (progress <= (1)::double precision))),
    CONSTRAINT job_run_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'dead'::text, 'cancelled'::text]))),
    CONSTRAINT job_run_traceparent_check CHECK ((length(traceparent) <= 55)),
    CONSTRAINT job_run_municipality FOREIGN KEY (municipality_id) REFERENCES municipality(id),
    CONSTRAINT job_run_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
) WITH (fillfactor=70);
COMMENT ON COLUMN job_run.cause IS 'request:<principal>, event:<seq>, job:<job id>, retry:<job id>, tick:<name> or delivery:<id>.';
COMMENT ON COLUMN job_run.status IS 'queued: waits for next_at; running: leased until lease_until; done: has its one result; dead: attempts spent; cancelled: by a person.';
COMMENT ON COLUMN job_run.fence IS 'Grows with every claim and cancellation: only the holder of the last one may write a result.';
CREATE INDEX job_run_delivery ON public.job_run USING btree (((args ->> 'delivery'::text))) WHERE ((status = ANY (ARRAY['queued'::text, 'running'::text])) AND (args ? 'delivery'::text));
CREATE INDEX job_run_ended ON public.job_run USING btree (municipality_id, kind, status, finished_at) INCLUDE (school_id) WHERE (status = ANY (ARRAY['done'::text, 'dead'::text, 'cancelled'::text]));
CREATE INDEX job_run_open ON public.job_run USING btree (status, next_at) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE INDEX job_run_programme ON public.job_run USING btree (municipality_id, programme_id, created_at DESC);
CREATE INDEX job_run_recent ON public.job_run USING btree (municipality_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX job_run_retry_once ON public.job_run USING btree (municipality_id, cause) WHERE (cause ~~ 'retry:%'::text);
CREATE TRIGGER feed AFTER UPDATE OF status ON public.job_run FOR EACH ROW WHEN (((new.programme_id IS NOT NULL) AND (new.status <> old.status) AND (new.status = ANY (ARRAY['done'::text, 'dead'::text, 'cancelled'::text])))) EXECUTE FUNCTION feed_of_job();
ALTER TABLE job_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_run FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON job_run TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON job_run TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON job_run AS RESTRICTIVE TO nastavnik_api, nastavnik_auditor
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON job_run TO nastavnik_api;
GRANT SELECT ON job_run TO nastavnik_auditor;
GRANT INSERT, SELECT, UPDATE ON job_run TO nastavnik_engine;

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    municipality_id bigint NOT NULL,
    job_run_id uuid NOT NULL,
    run_no integer NOT NULL,
    not_before timestamp with time zone NOT NULL DEFAULT now(),
    sent_at timestamp with time zone,
    attempts integer NOT NULL DEFAULT 0,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_municipality_id_job_run_id_fkey FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run(municipality_id, id)
);
CREATE INDEX outbox_job ON public.outbox USING btree (job_run_id, run_no);
CREATE INDEX outbox_pending ON public.outbox USING btree (id) WHERE (sent_at IS NULL);
CREATE INDEX outbox_sent ON public.outbox USING btree (municipality_id, sent_at) WHERE (sent_at IS NOT NULL);
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON outbox TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON outbox TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT ON outbox TO nastavnik_api;
GRANT SELECT ON outbox TO nastavnik_auditor;
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox TO nastavnik_engine;

CREATE TABLE worker (
    id text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    duty text NOT NULL,
    started_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT worker_pkey PRIMARY KEY (id),
    CONSTRAINT worker_duty_check CHECK ((duty = ANY (ARRAY['dispatcher'::text, 'worker'::text])))
);
ALTER TABLE worker ENABLE ROW LEVEL SECURITY;
ALTER TABLE worker FORCE ROW LEVEL SECURITY;
CREATE POLICY api_reads ON worker FOR SELECT TO nastavnik_api
    USING (true);
CREATE POLICY engine_all ON worker TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
GRANT SELECT ON worker TO nastavnik_api;
GRANT DELETE, INSERT, SELECT, UPDATE ON worker TO nastavnik_engine;

CREATE TABLE schedule_tick (
    municipality_id bigint NOT NULL,
    name text NOT NULL,
    tick timestamp with time zone NOT NULL,
    job_run_id uuid,
    CONSTRAINT schedule_tick_pkey PRIMARY KEY (municipality_id, name, tick)
);
COMMENT ON COLUMN schedule_tick.job_run_id IS 'NULL: the schedule began here, or the tick was missed and nothing was run for it.';
ALTER TABLE schedule_tick ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule_tick FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON schedule_tick TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON schedule_tick TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT SELECT ON schedule_tick TO nastavnik_api;
GRANT SELECT ON schedule_tick TO nastavnik_auditor;
GRANT INSERT, SELECT ON schedule_tick TO nastavnik_engine;
GRANT UPDATE (job_run_id) ON schedule_tick TO nastavnik_engine;

CREATE TABLE result (
    municipality_id bigint NOT NULL,
    school_id bigint,
    programme_id bigint,
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    job_run_id uuid NOT NULL,
    fence integer NOT NULL,
    inputs_version bigint,
    cut_off_at timestamp with time zone NOT NULL,
    based_on bigint,
    body jsonb NOT NULL,
    canonical text NOT NULL,
    digest text NOT NULL,
    inputs_digest text NOT NULL,
    pack_code text,
    pack_version integer,
    algorithm_version text NOT NULL,
    is_replayable boolean NOT NULL DEFAULT true,
    created_at timestamp with time zone NOT NULL DEFAULT app_now(),
    CONSTRAINT result_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT result_job_run_id_key UNIQUE (job_run_id),
    CONSTRAINT result_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT result_digest_check CHECK ((length(digest) = 64)),
    CONSTRAINT result_inputs_digest_check CHECK ((length(inputs_digest) = 64)),
    CONSTRAINT result_kind_check CHECK ((kind ~ '^[a-z_]{1,60}$'::text)),
    CONSTRAINT result_owner CHECK ((num_nonnulls(school_id, programme_id, inputs_version, pack_code, pack_version) = ANY (ARRAY[0, 5]))),
    CONSTRAINT result_municipality_id_job_run_id_fkey FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run(municipality_id, id),
    CONSTRAINT result_municipality_id_programme_id_based_on_fkey FOREIGN KEY (municipality_id, programme_id, based_on) REFERENCES result(municipality_id, programme_id, id),
    CONSTRAINT result_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE result IS 'What a job computed: one row an effect.';
COMMENT ON COLUMN result.based_on IS 'The score a reward list derives from.';
CREATE INDEX result_latest ON public.result USING btree (municipality_id, programme_id, kind, id DESC);
ALTER TABLE result ENABLE ROW LEVEL SECURITY;
ALTER TABLE result FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON result TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON result AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT SELECT ON result TO nastavnik_api;
GRANT SELECT ON result TO nastavnik_auditor;
GRANT INSERT, SELECT ON result TO nastavnik_engine;

CREATE TABLE survey (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    side text NOT NULL,
    moment text NOT NULL,
    questionnaire text NOT NULL,
    responsible_id bigint,
    scheduled_on date,
    closes_on date,
    closed_at timestamp with time zone,
    CONSTRAINT survey_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT survey_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT survey_days CHECK ((closes_on >= scheduled_on)),
    CONSTRAINT survey_moment_check CHECK ((moment = ANY (ARRAY['before'::text, 'after'::text]))),
    CONSTRAINT survey_questionnaire_check CHECK (((length(questionnaire) >= 1) AND (length(questionnaire) <= 100))),
    CONSTRAINT survey_side_check CHECK ((side = ANY (ARRAY['mentor'::text, 'mentee'::text]))),
    CONSTRAINT survey_municipality_id_school_id_responsible_id_fkey FOREIGN KEY (municipality_id, school_id, responsible_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT survey_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE survey IS 'One side''s questionnaire at one moment of the programme; a wave is the two surveys of one moment.';
COMMENT ON COLUMN survey.closed_at IS 'The cut-off: nothing is answered after it.';
CREATE UNIQUE INDEX survey_once ON public.survey USING btree (municipality_id, programme_id, side, moment) WHERE (ended_at IS NULL);
CREATE INDEX survey_person ON public.survey USING btree (municipality_id, responsible_id) WHERE (responsible_id IS NOT NULL);
ALTER TABLE survey ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON survey AS RESTRICTIVE TO nastavnik_respondent
    USING ((id = ( SELECT i.survey_id
   FROM invitation i
  WHERE (i.id = app_subject_id()))));
CREATE POLICY tenant_municipality ON survey TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON survey AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON survey TO nastavnik_api;
GRANT SELECT ON survey TO nastavnik_auditor;
GRANT SELECT ON survey TO nastavnik_engine;
GRANT SELECT ON survey TO nastavnik_respondent;

CREATE TABLE invitation (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    survey_id bigint NOT NULL,
    mentor_id bigint,
    mentee_id bigint,
    sent_at timestamp with time zone,
    answered_at timestamp with time zone,
    CONSTRAINT invitation_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT invitation_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT invitation_who CHECK ((num_nonnulls(mentor_id, mentee_id) = 1)),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT invitation_municipality_id_programme_id_mentee_id_fkey FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee(municipality_id, programme_id, id),
    CONSTRAINT invitation_municipality_id_programme_id_mentor_id_fkey FOREIGN KEY (municipality_id, programme_id, mentor_id) REFERENCES mentor(municipality_id, programme_id, id),
    CONSTRAINT invitation_municipality_id_programme_id_survey_id_fkey FOREIGN KEY (municipality_id, programme_id, survey_id) REFERENCES survey(municipality_id, programme_id, id),
    CONSTRAINT invitation_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX invitation_mentee_once ON public.invitation USING btree (municipality_id, survey_id, mentee_id) WHERE ((ended_at IS NULL) AND (mentee_id IS NOT NULL));
CREATE UNIQUE INDEX invitation_mentor_once ON public.invitation USING btree (municipality_id, survey_id, mentor_id) WHERE ((ended_at IS NULL) AND (mentor_id IS NOT NULL));
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON invitation AS RESTRICTIVE TO nastavnik_respondent
    USING (((( SELECT app_purpose() AS app_purpose) = 'answer'::text) AND (id = ( SELECT app_subject_id() AS app_subject_id))));
CREATE POLICY tenant_municipality ON invitation TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON invitation AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON invitation TO nastavnik_api;
GRANT SELECT ON invitation TO nastavnik_auditor;
GRANT SELECT ON invitation TO nastavnik_engine;
GRANT SELECT ON invitation TO nastavnik_respondent;
GRANT UPDATE (version, updated_at, answered_at) ON invitation TO nastavnik_respondent;

CREATE TABLE answer (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    survey_id bigint NOT NULL,
    invitation_id bigint NOT NULL,
    question text NOT NULL,
    value smallint,
    words text,
    CONSTRAINT answer_pkey PRIMARY KEY (municipality_id, invitation_id, question),
    CONSTRAINT answer_one CHECK ((num_nonnulls(value, words) = 1)),
    CONSTRAINT answer_question_check CHECK (((length(question) >= 1) AND (length(question) <= 100))),
    CONSTRAINT answer_value_check CHECK (((value >= 0) AND (value <= 10))),
    CONSTRAINT answer_words_check CHECK (((length(words) >= 1) AND (length(words) <= 2000))),
    CONSTRAINT answer_municipality_id_programme_id_invitation_id_fkey FOREIGN KEY (municipality_id, programme_id, invitation_id) REFERENCES invitation(municipality_id, programme_id, id),
    CONSTRAINT answer_municipality_id_programme_id_survey_id_fkey FOREIGN KEY (municipality_id, programme_id, survey_id) REFERENCES survey(municipality_id, programme_id, id),
    CONSTRAINT answer_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN answer.value IS 'Scales 1-10; no = 0, yes = 1. The API checks it against the questionnaire.';
CREATE INDEX answer_counts ON public.answer USING btree (municipality_id, programme_id, survey_id, question, value) INCLUDE (school_id, invitation_id);
ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON answer AS RESTRICTIVE TO nastavnik_respondent
    USING (((( SELECT app_purpose() AS app_purpose) = 'answer'::text) AND (invitation_id = ( SELECT app_subject_id() AS app_subject_id))))
    WITH CHECK (((( SELECT app_purpose() AS app_purpose) = 'answer'::text) AND (invitation_id = ( SELECT app_subject_id() AS app_subject_id))));
CREATE POLICY tenant_municipality ON answer TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON answer AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT SELECT ON answer TO nastavnik_api;
GRANT SELECT ON answer TO nastavnik_auditor;
GRANT SELECT ON answer TO nastavnik_engine;
GRANT INSERT, SELECT ON answer TO nastavnik_respondent;

CREATE TABLE criterion_rating (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    criterion text NOT NULL,
    value smallint NOT NULL,
    note text,
    CONSTRAINT criterion_rating_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT criterion_rating_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT criterion_rating_criterion_check CHECK (((length(criterion) >= 1) AND (length(criterion) <= 60))),
    CONSTRAINT criterion_rating_note_check CHECK ((length(note) <= 1000)),
    CONSTRAINT criterion_rating_value_check CHECK (((value >= 0) AND (value <= 2))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT criterion_rating_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX criterion_rating_once ON public.criterion_rating USING btree (municipality_id, programme_id, criterion) WHERE (ended_at IS NULL);
ALTER TABLE criterion_rating ENABLE ROW LEVEL SECURITY;
ALTER TABLE criterion_rating FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON criterion_rating TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON criterion_rating AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON criterion_rating TO nastavnik_api;
GRANT SELECT ON criterion_rating TO nastavnik_auditor;
GRANT SELECT ON criterion_rating TO nastavnik_engine;

CREATE TABLE conclusion (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    author_id bigint NOT NULL,
    signed_on date,
    CONSTRAINT conclusion_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT conclusion_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT conclusion_subject_check CHECK ((subject = ANY (ARRAY['feedback'::text, 'monitoring'::text, 'effectiveness'::text]))),
    CONSTRAINT conclusion_text_check CHECK (((length(text) >= 1) AND (length(text) <= 5000))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT conclusion_municipality_id_school_id_author_id_fkey FOREIGN KEY (municipality_id, school_id, author_id) REFERENCES person(municipality_id, school_id, id),
    CONSTRAINT conclusion_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX conclusion_once ON public.conclusion USING btree (municipality_id, programme_id, subject) WHERE (ended_at IS NULL);
CREATE INDEX conclusion_person ON public.conclusion USING btree (municipality_id, author_id);
ALTER TABLE conclusion ENABLE ROW LEVEL SECURITY;
ALTER TABLE conclusion FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON conclusion TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON conclusion AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON conclusion TO nastavnik_api;
GRANT SELECT ON conclusion TO nastavnik_auditor;
GRANT SELECT ON conclusion TO nastavnik_engine;

CREATE TABLE reflection (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    held_on date NOT NULL,
    participants integer NOT NULL,
    conclusions text NOT NULL,
    CONSTRAINT reflection_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT reflection_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT reflection_conclusions_check CHECK (((length(conclusions) >= 1) AND (length(conclusions) <= 5000))),
    CONSTRAINT reflection_participants_check CHECK (((participants >= 1) AND (participants <= 100000))),
    CONSTRAINT reflection_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE reflection ENABLE ROW LEVEL SECURITY;
ALTER TABLE reflection FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON reflection TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON reflection AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON reflection TO nastavnik_api;
GRANT SELECT ON reflection TO nastavnik_auditor;
GRANT SELECT ON reflection TO nastavnik_engine;

CREATE TABLE reward_rules (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    weights jsonb NOT NULL,
    minimum_meetings smallint NOT NULL,
    minimum_answers smallint NOT NULL DEFAULT 0,
    tie_rule text NOT NULL,
    places smallint NOT NULL DEFAULT 3,
    frozen_at timestamp with time zone,
    changed_after_results boolean NOT NULL DEFAULT false,
    replaces_id bigint,
    reopen_reason text,
    CONSTRAINT reward_rules_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT reward_rules_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT reward_rules_minimum_answers_check CHECK (((minimum_answers >= 0) AND (minimum_answers <= 500))),
    CONSTRAINT reward_rules_minimum_meetings_check CHECK (((minimum_meetings >= 0) AND (minimum_meetings <= 500))),
    CONSTRAINT reward_rules_places_check CHECK (((places >= 1) AND (places <= 100))),
    CONSTRAINT reward_rules_reopen_reason_check CHECK (((length(reopen_reason) >= 1) AND (length(reopen_reason) <= 1000))),
    CONSTRAINT reward_rules_reopened CHECK (((replaces_id IS NULL) = (reopen_reason IS NULL))),
    CONSTRAINT reward_rules_tie_rule_check CHECK (((length(tie_rule) >= 1) AND (length(tie_rule) <= 60))),
    CONSTRAINT reward_rules_weights_check CHECK ((jsonb_typeof(weights) = 'object'::text)),
    CONSTRAINT reward_rules_municipality_id_programme_id_replaces_id_fkey FOREIGN KEY (municipality_id, programme_id, replaces_id) REFERENCES reward_rules(municipality_id, programme_id, id),
    CONSTRAINT reward_rules_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN reward_rules.frozen_at IS 'From here on the row does not change; a later version is a new row.';
CREATE UNIQUE INDEX reward_rules_one_draft ON public.reward_rules USING btree (municipality_id, programme_id) WHERE ((ended_at IS NULL) AND (frozen_at IS NULL));
CREATE UNIQUE INDEX reward_rules_one_frozen ON public.reward_rules USING btree (municipality_id, programme_id) WHERE ((ended_at IS NULL) AND (frozen_at IS NOT NULL));
CREATE TRIGGER keep_frozen BEFORE UPDATE ON public.reward_rules FOR EACH ROW WHEN ((old.frozen_at IS NOT NULL)) EXECUTE FUNCTION keep_frozen_rules();
ALTER TABLE reward_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE reward_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON reward_rules TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON reward_rules AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON reward_rules TO nastavnik_api;
GRANT SELECT ON reward_rules TO nastavnik_auditor;
GRANT SELECT ON reward_rules TO nastavnik_engine;

CREATE TABLE reward_approval (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    result_id bigint NOT NULL,
    approved_on date NOT NULL,
    document text,
    CONSTRAINT reward_approval_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT reward_approval_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT reward_approval_document_check CHECK ((length(document) <= 300)),
    CONSTRAINT reward_approval_municipality_id_programme_id_result_id_fkey FOREIGN KEY (municipality_id, programme_id, result_id) REFERENCES result(municipality_id, programme_id, id),
    CONSTRAINT reward_approval_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
CREATE UNIQUE INDEX reward_approval_once ON public.reward_approval USING btree (municipality_id, programme_id, result_id) WHERE (ended_at IS NULL);
CREATE TRIGGER feed AFTER INSERT ON public.reward_approval FOR EACH ROW EXECUTE FUNCTION feed_of_approval();
ALTER TABLE reward_approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE reward_approval FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON reward_approval TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON reward_approval AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON reward_approval TO nastavnik_api;
GRANT SELECT ON reward_approval TO nastavnik_auditor;
GRANT SELECT ON reward_approval TO nastavnik_engine;

CREATE TABLE celebration (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    title text NOT NULL,
    held_on date NOT NULL,
    CONSTRAINT celebration_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT celebration_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT celebration_title_check CHECK (((length(title) >= 1) AND (length(title) <= 300))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT celebration_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE celebration ENABLE ROW LEVEL SECURITY;
ALTER TABLE celebration FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON celebration TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON celebration AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON celebration TO nastavnik_api;
GRANT SELECT ON celebration TO nastavnik_auditor;
GRANT SELECT ON celebration TO nastavnik_engine;

CREATE TABLE popularisation (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    published_on date NOT NULL,
    link text,
    CONSTRAINT popularisation_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT popularisation_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT popularisation_kind_check CHECK ((kind = ANY (ARRAY['site'::text, 'media'::text, 'case'::text, 'event'::text, 'social_network'::text, 'other'::text]))),
    CONSTRAINT popularisation_link_check CHECK ((length(link) <= 1000)),
    CONSTRAINT popularisation_title_check CHECK (((length(title) >= 1) AND (length(title) <= 300))),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT popularisation_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
ALTER TABLE popularisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE popularisation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON popularisation TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON popularisation AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON popularisation TO nastavnik_api;
GRANT SELECT ON popularisation TO nastavnik_auditor;
GRANT SELECT ON popularisation TO nastavnik_engine;

CREATE TABLE notice (
    municipality_id bigint NOT NULL,
    school_id bigint,
    programme_id bigint,
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    to_role text NOT NULL,
    once text NOT NULL,
    ru text NOT NULL,
    en text NOT NULL,
    link text NOT NULL,
    school_year smallint NOT NULL,
    job_run_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT app_now(),
    seen_at timestamp with time zone,
    seen_by bigint,
    CONSTRAINT notice_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT notice_municipality_id_once_key UNIQUE (municipality_id, once),
    CONSTRAINT notice_code_check CHECK ((code ~ '^[a-z_.]{1,60}$'::text)),
    CONSTRAINT notice_en_check CHECK (((length(en) >= 1) AND (length(en) <= 1000))),
    CONSTRAINT notice_link_check CHECK ((length(link) <= 300)),
    CONSTRAINT notice_once_check CHECK (((length(once) >= 1) AND (length(once) <= 200))),
    CONSTRAINT notice_owner CHECK (((programme_id IS NULL) OR (school_id IS NOT NULL))),
    CONSTRAINT notice_reader CHECK (((to_role = 'methodist'::text) OR (school_id IS NOT NULL))),
    CONSTRAINT notice_ru_check CHECK (((length(ru) >= 1) AND (length(ru) <= 1000))),
    CONSTRAINT notice_school_year_check CHECK (((school_year >= 2000) AND (school_year <= 2099))),
    CONSTRAINT notice_seen CHECK (((seen_at IS NULL) = (seen_by IS NULL))),
    CONSTRAINT notice_to_role_check CHECK ((to_role = ANY (ARRAY['curator'::text, 'methodist'::text]))),
    CONSTRAINT notice_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id),
    CONSTRAINT notice_municipality_id_job_run_id_fkey FOREIGN KEY (municipality_id, job_run_id) REFERENCES job_run(municipality_id, id),
    CONSTRAINT notice_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE notice IS 'What the schedule tells a role: ids, codes and titles of the order, no person.';
COMMENT ON COLUMN notice.school_id IS 'NULL: of the municipality, for its methodist.';
COMMENT ON COLUMN notice.once IS 'What the notice is about and which threshold was reached: the same is told once.';
CREATE INDEX notice_unseen ON public.notice USING btree (municipality_id, id) WHERE (seen_at IS NULL);
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON notice TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON notice AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT SELECT ON notice TO nastavnik_api;
GRANT UPDATE (seen_at, seen_by) ON notice TO nastavnik_api;
GRANT SELECT ON notice TO nastavnik_auditor;
GRANT DELETE, INSERT, SELECT ON notice TO nastavnik_engine;

CREATE TABLE delivery (
    municipality_id bigint NOT NULL,
    school_id bigint,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    channel text NOT NULL,
    status text NOT NULL DEFAULT 'waiting'::text,
    notice_id bigint,
    principal_id bigint,
    subscription_id bigint,
    feed_no bigint,
    replay_of uuid,
    created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamp with time zone,
    account_link_id bigint,
    CONSTRAINT delivery_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT delivery_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'webhook'::text]))),
    CONSTRAINT delivery_letter CHECK (((account_link_id IS NULL) OR ((channel = 'mail'::text) AND (notice_id IS NULL)))),
    CONSTRAINT delivery_sent CHECK (((status = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text]))),
    CONSTRAINT delivery_what CHECK (
CASE channel
    WHEN 'mail'::text THEN ((principal_id IS NOT NULL) AND (num_nonnulls(subscription_id, feed_no) = 0))
    ELSE ((subscription_id IS NOT NULL) AND (num_nonnulls(principal_id, notice_id) = 0))
END),
    CONSTRAINT delivery_account_link FOREIGN KEY (municipality_id, account_link_id) REFERENCES account_link(municipality_id, id),
    CONSTRAINT delivery_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id),
    CONSTRAINT delivery_municipality_id_notice_id_fkey FOREIGN KEY (municipality_id, notice_id) REFERENCES notice(municipality_id, id) ON DELETE SET NULL (notice_id),
    CONSTRAINT delivery_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id),
    CONSTRAINT delivery_municipality_id_replay_of_fkey FOREIGN KEY (municipality_id, replay_of) REFERENCES delivery(municipality_id, id),
    CONSTRAINT delivery_municipality_id_school_id_fkey FOREIGN KEY (municipality_id, school_id) REFERENCES school(municipality_id, id),
    CONSTRAINT delivery_subscription FOREIGN KEY (municipality_id, subscription_id) REFERENCES webhook(municipality_id, id)
);
COMMENT ON COLUMN delivery.school_id IS 'Whose notice it carries; NULL: of the municipality.';
COMMENT ON COLUMN delivery.status IS 'waiting: a job will send it; sent: the receiver took it; failed: given up, a repeat by hand may still send it.';
COMMENT ON COLUMN delivery.notice_id IS 'NULL also when retention removed the notice.';
COMMENT ON COLUMN delivery.feed_no IS 'The event that a webhook carries; NULL: a test message.';
COMMENT ON COLUMN delivery.account_link_id IS 'The link that the letter is about; the job makes its secret when it sends.';
CREATE UNIQUE INDEX delivery_mail_once ON public.delivery USING btree (municipality_id, notice_id, principal_id) WHERE ((channel = 'mail'::text) AND (replay_of IS NULL));
CREATE INDEX delivery_of_notice ON public.delivery USING btree (municipality_id, notice_id) WHERE (notice_id IS NOT NULL);
CREATE INDEX delivery_of_subscription ON public.delivery USING btree (municipality_id, subscription_id, feed_no) WHERE (subscription_id IS NOT NULL);
CREATE INDEX delivery_recent ON public.delivery USING btree (municipality_id, subscription_id, created_at DESC, id DESC) WHERE (subscription_id IS NOT NULL);
CREATE INDEX delivery_waiting ON public.delivery USING btree (created_at) WHERE (status = 'waiting'::text);
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON delivery TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON delivery TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON delivery AS RESTRICTIVE TO nastavnik_api, nastavnik_auditor
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON delivery TO nastavnik_api;
GRANT SELECT ON delivery TO nastavnik_auditor;
GRANT INSERT, SELECT ON delivery TO nastavnik_engine;
GRANT UPDATE (status, sent_at) ON delivery TO nastavnik_engine;

CREATE TABLE delivery_attempt (
    municipality_id bigint NOT NULL,
    school_id bigint,
    delivery_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    http_status smallint,
    error_code text,
    ms integer,
    CONSTRAINT delivery_attempt_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT delivery_attempt_error_code_check CHECK ((error_code ~ '^[a-z0-9_.]{1,60}$'::text)),
    CONSTRAINT delivery_attempt_http_status_check CHECK (((http_status >= 100) AND (http_status <= 599))),
    CONSTRAINT delivery_attempt_ms_check CHECK ((ms >= 0)),
    CONSTRAINT delivery_attempt_outcome_check CHECK ((outcome = ANY (ARRAY['sent'::text, 'again'::text, 'failed'::text]))),
    CONSTRAINT delivery_attempt_municipality_id_delivery_id_fkey FOREIGN KEY (municipality_id, delivery_id) REFERENCES delivery(municipality_id, id)
);
COMMENT ON COLUMN delivery_attempt.outcome IS 'sent: taken; again: will be tried again; failed: given up.';
COMMENT ON COLUMN delivery_attempt.http_status IS 'What the receiver answered: of HTTP, or of SMTP.';
CREATE INDEX delivery_attempt_age ON public.delivery_attempt USING btree (municipality_id, at);
CREATE INDEX delivery_attempt_of ON public.delivery_attempt USING btree (municipality_id, delivery_id, id);
ALTER TABLE delivery_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON delivery_attempt TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON delivery_attempt TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON delivery_attempt AS RESTRICTIVE TO nastavnik_api, nastavnik_auditor
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT SELECT ON delivery_attempt TO nastavnik_api;
GRANT SELECT ON delivery_attempt TO nastavnik_auditor;
GRANT DELETE, INSERT, SELECT ON delivery_attempt TO nastavnik_engine;

CREATE TABLE feed_event (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    school_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    type text NOT NULL,
    seq integer,
    job_run_id uuid,
    result_id bigint,
    at timestamp with time zone NOT NULL,
    feed_no bigint,
    CONSTRAINT feed_event_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT feed_event_feed_no_check CHECK ((feed_no > 0)),
    CONSTRAINT feed_event_type_check CHECK ((type ~ '^[a-z_]{1,30}\.[a-z_]{1,30}$'::text)),
    CONSTRAINT feed_event_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id),
    CONSTRAINT feed_event_municipality_id_school_id_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE feed_event IS 'Ids and codes only. Written in the transaction of the deed, numbered by the dispatcher after it.';
COMMENT ON COLUMN feed_event.id IS 'Given at insertion, so it may commit after a higher one: nobody may read the feed by it.';
COMMENT ON COLUMN feed_event.feed_no IS 'NULL until stamped; then the place in the municipality''s feed: 1, 2, 3 .. without a gap.';
CREATE UNIQUE INDEX feed_event_no ON public.feed_event USING btree (municipality_id, feed_no) WHERE (feed_no IS NOT NULL);
CREATE INDEX feed_event_unstamped ON public.feed_event USING btree (municipality_id, id) WHERE (feed_no IS NULL);
ALTER TABLE feed_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_event FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON feed_event TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON feed_event TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON feed_event AS RESTRICTIVE TO nastavnik_api, nastavnik_auditor
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON feed_event TO nastavnik_api;
GRANT SELECT ON feed_event TO nastavnik_auditor;
GRANT INSERT, SELECT ON feed_event TO nastavnik_engine;
GRANT UPDATE (feed_no) ON feed_event TO nastavnik_engine;

CREATE TABLE feed_head (
    municipality_id bigint NOT NULL,
    last_no bigint NOT NULL DEFAULT 0,
    CONSTRAINT feed_head_pkey PRIMARY KEY (municipality_id),
    CONSTRAINT feed_head_last_no_check CHECK ((last_no >= 0)),
    CONSTRAINT feed_head_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id)
);
COMMENT ON TABLE feed_head IS 'The last number given; whoever locks the row is the municipality''s one stamper.';
ALTER TABLE feed_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_head FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON feed_head TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON feed_head TO nastavnik_api, nastavnik_auditor
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT SELECT ON feed_head TO nastavnik_auditor;
GRANT INSERT, SELECT, UPDATE ON feed_head TO nastavnik_engine;

CREATE TABLE webhook (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    url text NOT NULL,
    event_types text[] NOT NULL,
    description text,
    is_active boolean NOT NULL DEFAULT true,
    stopped_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    CONSTRAINT webhook_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT webhook_description_check CHECK ((length(description) <= 300)),
    CONSTRAINT webhook_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT webhook_event_types_check CHECK (((cardinality(event_types) >= 1) AND (cardinality(event_types) <= 50))),
    CONSTRAINT webhook_stopped CHECK (((stopped_reason IS NULL) OR (NOT is_active))),
    CONSTRAINT webhook_stopped_reason_check CHECK ((stopped_reason = 'gone'::text)),
    CONSTRAINT webhook_url_check CHECK (((length(url) >= 1) AND (length(url) <= 1000))),
    CONSTRAINT webhook_version_check CHECK ((version > 0)),
    CONSTRAINT webhook_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id)
);
COMMENT ON TABLE webhook IS 'A subscription: which events of the municipality are sent where.';
COMMENT ON COLUMN webhook.stopped_reason IS 'gone: the receiver answered 410; NULL when a person switched it off.';
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON webhook TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT ON webhook TO nastavnik_api;
GRANT UPDATE (url, event_types, description, is_active, stopped_reason, version, updated_at, ended_at, end_reason) ON webhook TO nastavnik_api;
GRANT SELECT ON webhook TO nastavnik_auditor;
GRANT SELECT ON webhook TO nastavnik_engine;
GRANT UPDATE (is_active, stopped_reason, version, updated_at) ON webhook TO nastavnik_engine;

CREATE TABLE webhook_secret (
    municipality_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    secret text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamp with time zone,
    CONSTRAINT webhook_secret_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT webhook_secret_shape CHECK ((secret ~ '^(whsec_[A-Za-z0-9+/]{43}=|s1\.[0-9a-f]{8}\.[A-Za-z0-9_=-]{40,200})$'::text)),
    CONSTRAINT webhook_secret_municipality_id_webhook_id_fkey FOREIGN KEY (municipality_id, webhook_id) REFERENCES webhook(municipality_id, id)
);
COMMENT ON COLUMN webhook_secret.secret IS 'Sealed under the installation''s key (shared/access/sealed.py); whsec_..: of before, not sealed yet.';
COMMENT ON COLUMN webhook_secret.ends_at IS 'NULL: in force; else signs beside its successor until then.';
CREATE UNIQUE INDEX webhook_secret_one ON public.webhook_secret USING btree (municipality_id, webhook_id) WHERE (ends_at IS NULL);
ALTER TABLE webhook_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON webhook_secret TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE ON webhook_secret TO nastavnik_api;
GRANT INSERT (municipality_id, webhook_id, secret) ON webhook_secret TO nastavnik_api;
GRANT SELECT (municipality_id, webhook_id, id, created_at, ends_at) ON webhook_secret TO nastavnik_api;
GRANT UPDATE (ends_at) ON webhook_secret TO nastavnik_api;
GRANT SELECT ON webhook_secret TO nastavnik_engine;
GRANT UPDATE (secret) ON webhook_secret TO nastavnik_engine;

CREATE TABLE audit_unchained (
    municipality_id bigint NOT NULL,
    audit_id bigint NOT NULL,
    CONSTRAINT audit_unchained_pkey PRIMARY KEY (municipality_id, audit_id)
);
COMMENT ON TABLE audit_unchained IS 'Rows of the audit log that no link holds yet. Written with the row itself, so a row that commits late is here late, whatever its id, and none is passed over.';
ALTER TABLE audit_unchained ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_unchained FORCE ROW LEVEL SECURITY;
CREATE POLICY engine_all ON audit_unchained TO nastavnik_engine
    USING (true)
    WITH CHECK (true);
CREATE POLICY tenant_municipality ON audit_unchained TO nastavnik_api, nastavnik_auditor, nastavnik_respondent
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT ON audit_unchained TO nastavnik_api;
GRANT SELECT ON audit_unchained TO nastavnik_auditor;
GRANT DELETE, INSERT, SELECT ON audit_unchained TO nastavnik_engine;
GRANT INSERT ON audit_unchained TO nastavnik_respondent;

CREATE TABLE audit_chain (
    municipality_id bigint NOT NULL,
    chain_no bigint NOT NULL,
    audit_id bigint NOT NULL,
    body_version smallint NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_chain_pkey PRIMARY KEY (municipality_id, chain_no),
    CONSTRAINT audit_chain_municipality_id_audit_id_key UNIQUE (municipality_id, audit_id),
    CONSTRAINT audit_chain_chain_no_check CHECK ((chain_no > 0)),
    CONSTRAINT audit_chain_hash_check CHECK ((length(hash) = 64)),
    CONSTRAINT audit_chain_prev_hash_check CHECK ((length(prev_hash) = 64)),
    CONSTRAINT audit_chain_municipality_id_audit_id_fkey FOREIGN KEY (municipality_id, audit_id) REFERENCES audit(municipality_id, id)
);
COMMENT ON TABLE audit_chain IS 'One link an audit row: hash = sha256(prev_hash, newline, canonical JSON of the row).';
COMMENT ON COLUMN audit_chain.body_version IS 'Which columns of the row are in its canonical JSON.';
ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON audit_chain TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT SELECT ON audit_chain TO nastavnik_api;
GRANT SELECT ON audit_chain TO nastavnik_auditor;
GRANT INSERT, SELECT ON audit_chain TO nastavnik_engine;

CREATE TABLE audit_head (
    municipality_id bigint NOT NULL,
    chain_no bigint NOT NULL,
    hash text NOT NULL,
    at timestamp with time zone NOT NULL,
    key_id text NOT NULL DEFAULT ''::text,
    signature text,
    CONSTRAINT audit_head_pkey PRIMARY KEY (municipality_id, chain_no, key_id),
    CONSTRAINT audit_head_check CHECK (((key_id = ''::text) = (signature IS NULL))),
    CONSTRAINT audit_head_hash_check CHECK ((length(hash) = 64)),
    CONSTRAINT audit_head_key_id_check CHECK ((length(key_id) <= 64)),
    CONSTRAINT audit_head_signature_check CHECK ((length(signature) <= 200))
);
COMMENT ON TABLE audit_head IS 'The end of the chain on one day. Worth something only when a copy lies elsewhere.';
COMMENT ON COLUMN audit_head.key_id IS 'Which key signed it; empty: no key was given and the head is not signed.';
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON audit_head TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT SELECT ON audit_head TO nastavnik_api;
GRANT SELECT ON audit_head TO nastavnik_auditor;
GRANT INSERT, SELECT ON audit_head TO nastavnik_engine;

CREATE TABLE support_note (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    pair_id bigint NOT NULL,
    noted_on date NOT NULL,
    text text NOT NULL,
    CONSTRAINT support_note_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT support_note_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT support_note_text_check CHECK (((length(text) >= 1) AND (length(text) <= 5000))),
    CONSTRAINT support_note_municipality_id_programme_id_pair_id_fkey FOREIGN KEY (municipality_id, programme_id, pair_id) REFERENCES pair(municipality_id, programme_id, id),
    CONSTRAINT support_note_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON TABLE support_note IS 'The words of a psychologist; that support took place is a row of support, which the guards see.';
CREATE INDEX support_note_pair ON public.support_note USING btree (municipality_id, programme_id, pair_id) WHERE (ended_at IS NULL);
ALTER TABLE support_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_note FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON support_note TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON support_note AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON support_note TO nastavnik_api;

CREATE TABLE safety_case (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    ended_at timestamp with time zone,
    end_reason text,
    programme_id bigint NOT NULL,
    mentee_id bigint NOT NULL,
    origin text NOT NULL DEFAULT 'report'::text,
    invitation_id bigint,
    opened_on date NOT NULL,
    text text,
    reported_to text,
    reported_on date,
    closed_on date,
    outcome text,
    CONSTRAINT safety_case_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT safety_case_municipality_id_programme_id_id_key UNIQUE (municipality_id, programme_id, id),
    CONSTRAINT record_template_end_reason_check CHECK ((length(end_reason) <= 500)),
    CONSTRAINT record_template_version_check CHECK ((version > 0)),
    CONSTRAINT safety_case_closed CHECK (((closed_on IS NULL) = (outcome IS NULL))),
    CONSTRAINT safety_case_origin CHECK (((origin = 'survey'::text) = (invitation_id IS NOT NULL))),
    CONSTRAINT safety_case_origin_check CHECK ((origin = ANY (ARRAY['survey'::text, 'report'::text]))),
    CONSTRAINT safety_case_outcome_check CHECK (((length(outcome) >= 1) AND (length(outcome) <= 1000))),
    CONSTRAINT safety_case_period CHECK ((closed_on >= opened_on)),
    CONSTRAINT safety_case_reported CHECK (((reported_to IS NULL) = (reported_on IS NULL))),
    CONSTRAINT safety_case_reported_to_check CHECK (((length(reported_to) >= 1) AND (length(reported_to) <= 300))),
    CONSTRAINT safety_case_text_check CHECK (((length(text) >= 1) AND (length(text) <= 5000))),
    CONSTRAINT safety_case_municipality_id_programme_id_invitation_id_fkey FOREIGN KEY (municipality_id, programme_id, invitation_id) REFERENCES invitation(municipality_id, programme_id, id),
    CONSTRAINT safety_case_municipality_id_programme_id_mentee_id_fkey FOREIGN KEY (municipality_id, programme_id, mentee_id) REFERENCES mentee(municipality_id, programme_id, id),
    CONSTRAINT safety_case_programme_id_fkey FOREIGN KEY (municipality_id, school_id, programme_id) REFERENCES programme(municipality_id, school_id, id)
);
COMMENT ON COLUMN safety_case.origin IS 'survey: an answer at or below the pack''s limit opened it by itself; report: a person did.';
COMMENT ON COLUMN safety_case.reported_to IS 'To whom it was reported («сообщено в …»): police, guardianship, the commission for minors.';
CREATE UNIQUE INDEX safety_case_once ON public.safety_case USING btree (municipality_id, invitation_id) WHERE (invitation_id IS NOT NULL);
CREATE INDEX safety_case_open ON public.safety_case USING btree (municipality_id, programme_id, opened_on) WHERE ((ended_at IS NULL) AND (closed_on IS NULL));
ALTER TABLE safety_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety_case FORCE ROW LEVEL SECURITY;
CREATE POLICY one_subject ON safety_case AS RESTRICTIVE TO nastavnik_respondent
    USING (false)
    WITH CHECK (((( SELECT app_purpose() AS app_purpose) = 'answer'::text) AND (origin = 'survey'::text) AND (invitation_id = ( SELECT app_subject_id() AS app_subject_id))));
CREATE POLICY tenant_municipality ON safety_case TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON safety_case AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT, UPDATE ON safety_case TO nastavnik_api;
GRANT SELECT (municipality_id, school_id, id, ended_at, programme_id, mentee_id, opened_on, closed_on) ON safety_case TO nastavnik_engine;
GRANT INSERT (municipality_id, school_id, programme_id, mentee_id, origin, invitation_id, opened_on) ON safety_case TO nastavnik_respondent;

CREATE TABLE account (
    municipality_id bigint NOT NULL,
    principal_id bigint NOT NULL,
    login text NOT NULL,
    password_hash text,
    password_set_at timestamp with time zone,
    factor text,
    factor_since timestamp with time zone,
    factor_offered text,
    last_step bigint NOT NULL DEFAULT 0,
    wrong_codes smallint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT account_pkey PRIMARY KEY (municipality_id, principal_id),
    CONSTRAINT account_login UNIQUE (login),
    CONSTRAINT account_factor CHECK (((factor IS NULL) = (factor_since IS NULL))),
    CONSTRAINT account_factor_check CHECK ((length(factor) <= 500)),
    CONSTRAINT account_factor_offered_check CHECK ((length(factor_offered) <= 500)),
    CONSTRAINT account_login_check CHECK (((length(login) >= 3) AND (length(login) <= 254))),
    CONSTRAINT account_password CHECK (((password_hash IS NULL) = (password_set_at IS NULL))),
    CONSTRAINT account_password_hash_check CHECK (((length(password_hash) >= 20) AND (length(password_hash) <= 300))),
    CONSTRAINT account_wrong_codes_check CHECK (((wrong_codes >= 0) AND (wrong_codes <= 1000))),
    CONSTRAINT account_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id)
);
COMMENT ON TABLE account IS 'How a principal comes in by password. Removed when the principal ends: its login is free again.';
COMMENT ON COLUMN account.login IS 'The e-mail address, NFKC and case-folded. One person has one on the whole platform.';
COMMENT ON COLUMN account.password_hash IS 'argon2id in its own notation, salt included; NULL: invited, no password yet.';
COMMENT ON COLUMN account.factor IS 'Secret of the time-based codes, sealed (shared/access/sealed.py); NULL: no second factor.';
COMMENT ON COLUMN account.factor_offered IS 'The same, shown and not confirmed by a code yet.';
COMMENT ON COLUMN account.last_step IS 'The last 30 seconds whose code was accepted: none is accepted twice.';
COMMENT ON COLUMN account.wrong_codes IS 'Wrong codes in a row.';
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON account FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON account TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT, UPDATE ON account TO nastavnik_api;

CREATE TABLE recovery_code (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT recovery_code_code_hash_check CHECK ((length(code_hash) = 32)),
    CONSTRAINT recovery_code_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES account(municipality_id, principal_id) ON DELETE CASCADE
);
COMMENT ON TABLE recovery_code IS 'Instead of a code of the second factor, each once. SHA-256 of 120 random bits.';
CREATE INDEX recovery_code_principal ON public.recovery_code USING btree (municipality_id, principal_id);
ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON recovery_code TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT, UPDATE ON recovery_code TO nastavnik_api;

CREATE TABLE account_link (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    purpose text NOT NULL,
    secret_hash bytea,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT account_link_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT account_link_purpose_check CHECK ((purpose = ANY (ARRAY['invitation'::text, 'reset'::text]))),
    CONSTRAINT account_link_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT account_link_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id)
);
COMMENT ON TABLE account_link IS 'A link that sets a password, once.';
COMMENT ON COLUMN account_link.secret_hash IS 'NULL: the job that sends the letter has not made the secret yet.';
COMMENT ON COLUMN account_link.created_by IS 'NULL: asked for on the page of forgotten passwords; 0: from the operator''s shell.';
CREATE INDEX account_link_by_id ON public.account_link USING btree (id);
CREATE INDEX account_link_principal ON public.account_link USING btree (municipality_id, principal_id, created_at);
ALTER TABLE account_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_link FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON account_link FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON account_link TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT INSERT, SELECT, UPDATE ON account_link TO nastavnik_api;
GRANT SELECT (municipality_id, id, principal_id, expires_at, used_at, revoked_at) ON account_link TO nastavnik_engine;
GRANT UPDATE (secret_hash, expires_at) ON account_link TO nastavnik_engine;

CREATE TABLE account_session (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    secret_hash bytea NOT NULL,
    way text NOT NULL,
    browser text NOT NULL DEFAULT ''::text,
    awaits_code boolean NOT NULL DEFAULT false,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    seen_at timestamp with time zone NOT NULL DEFAULT now(),
    idle_until timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT account_session_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT account_session_browser_check CHECK ((length(browser) <= 60)),
    CONSTRAINT account_session_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT account_session_way_check CHECK ((way = ANY (ARRAY['password'::text, 'single_sign_on'::text]))),
    CONSTRAINT account_session_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id)
);
COMMENT ON COLUMN account_session.browser IS 'Name and system only: enough to tell one''s own apart.';
COMMENT ON COLUMN account_session.awaits_code IS 'The password was right and the second factor is still to come: opens no page.';
COMMENT ON COLUMN account_session.seen_at IS 'Written at most once a minute.';
CREATE INDEX account_session_by_id ON public.account_session USING btree (id);
CREATE INDEX account_session_principal ON public.account_session USING btree (municipality_id, principal_id, id);
ALTER TABLE account_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_session FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON account_session FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON account_session TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT, UPDATE ON account_session TO nastavnik_api;

CREATE TABLE identity (
    municipality_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    principal_id bigint NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    created_by bigint,
    CONSTRAINT identity_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT identity_principal UNIQUE (municipality_id, principal_id, issuer),
    CONSTRAINT identity_subject UNIQUE (issuer, subject),
    CONSTRAINT identity_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 500))),
    CONSTRAINT identity_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 255))),
    CONSTRAINT identity_municipality_id_principal_id_fkey FOREIGN KEY (municipality_id, principal_id) REFERENCES principal(municipality_id, id)
);
COMMENT ON TABLE identity IS 'Who somebody of a single sign-on is here. Removed when it is unbound and when the principal ends.';
COMMENT ON COLUMN identity.subject IS 'The issuer''s own name for them, which never changes hands; an e-mail address may.';
COMMENT ON COLUMN identity.created_by IS 'NULL: bound at the first sign-in, by the address that the issuer had verified.';
ALTER TABLE identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity FORCE ROW LEVEL SECURITY;
CREATE POLICY look_up ON identity FOR SELECT TO nastavnik_owner
    USING (true);
CREATE POLICY tenant_municipality ON identity TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT ON identity TO nastavnik_api;

CREATE TABLE spent_nonce (
    municipality_id bigint NOT NULL DEFAULT 0,
    nonce_hash bytea NOT NULL,
    spent_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT spent_nonce_pkey PRIMARY KEY (municipality_id, nonce_hash),
    CONSTRAINT spent_nonce_municipality_id_check CHECK ((municipality_id = 0)),
    CONSTRAINT spent_nonce_nonce_hash_check CHECK ((length(nonce_hash) = 32))
);
COMMENT ON TABLE spent_nonce IS 'Sign-ins that were finished within the last day: none is finished twice. Of the platform.';
CREATE INDEX spent_nonce_age ON public.spent_nonce USING btree (municipality_id, spent_at);
ALTER TABLE spent_nonce ENABLE ROW LEVEL SECURITY;
ALTER TABLE spent_nonce FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON spent_nonce TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
GRANT DELETE, INSERT, SELECT ON spent_nonce TO nastavnik_api;

CREATE TABLE erasure (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL,
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'waiting'::text,
    consent_id bigint,
    requested_at timestamp with time zone NOT NULL,
    requested_by bigint,
    planned_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    run_by bigint,
    ended_at timestamp with time zone,
    ended_by bigint,
    why_cancelled text,
    cancel_reason text,
    CONSTRAINT erasure_pkey PRIMARY KEY (municipality_id, id),
    CONSTRAINT erasure_by_hand CHECK ((COALESCE((why_cancelled = 'by_hand'::text), false) = (cancel_reason IS NOT NULL))),
    CONSTRAINT erasure_cancel_reason_check CHECK (((length(cancel_reason) >= 1) AND (length(cancel_reason) <= 500))),
    CONSTRAINT erasure_cancelled CHECK (((status = 'cancelled'::text) = (why_cancelled IS NOT NULL))),
    CONSTRAINT erasure_consent CHECK (((reason <> 'withdrawn'::text) OR (consent_id IS NOT NULL))),
    CONSTRAINT erasure_days CHECK ((planned_at >= requested_at)),
    CONSTRAINT erasure_ended CHECK (((status = 'waiting'::text) = (ended_at IS NULL))),
    CONSTRAINT erasure_reason_check CHECK ((reason = ANY (ARRAY['withdrawn'::text, 'request'::text, 'retention'::text]))),
    CONSTRAINT erasure_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'done'::text, 'cancelled'::text]))),
    CONSTRAINT erasure_why_cancelled_check CHECK ((why_cancelled = ANY (ARRAY['consented'::text, 'undone'::text, 'in_use'::text, 'by_hand'::text]))),
    CONSTRAINT erasure_municipality_id_consent_id_fkey FOREIGN KEY (municipality_id, consent_id) REFERENCES consent(municipality_id, id),
    CONSTRAINT erasure_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES municipality(id),
    CONSTRAINT erasure_municipality_id_school_id_person_id_fkey FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person(municipality_id, school_id, id)
);
COMMENT ON COLUMN erasure.consent_id IS 'The consent that was withdrawn, else the last one there was when it was asked for: a later one cancels it.';
COMMENT ON COLUMN erasure.planned_at IS 'Until then a withdrawal made by mistake can be taken back.';
COMMENT ON COLUMN erasure.due_at IS '152-ФЗ, art. 21: 30 days from the day of the withdrawal, which may be entered late, or from the request.';
COMMENT ON COLUMN erasure.run_by IS 'The account that did not wait for the planned time.';
COMMENT ON COLUMN erasure.why_cancelled IS 'consented: a new consent is in force; undone: the withdrawal was taken back; in_use: takes part again; by_hand: see cancel_reason.';
CREATE INDEX erasure_of_school ON public.erasure USING btree (municipality_id, school_id, id);
CREATE UNIQUE INDEX erasure_waiting ON public.erasure USING btree (municipality_id, person_id) WHERE (status = 'waiting'::text);
ALTER TABLE erasure ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasure FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON erasure TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON erasure AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT INSERT, SELECT ON erasure TO nastavnik_api;
GRANT UPDATE (status, run_by, ended_at, ended_by, why_cancelled, cancel_reason) ON erasure TO nastavnik_api;
GRANT SELECT ON erasure TO nastavnik_auditor;
GRANT INSERT, SELECT ON erasure TO nastavnik_engine;
GRANT UPDATE (status, run_by, ended_at, ended_by, why_cancelled, cancel_reason) ON erasure TO nastavnik_engine;

CREATE TABLE erasure_act (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    erasure_id bigint NOT NULL,
    person_id bigint NOT NULL,
    subject text NOT NULL,
    operator text NOT NULL,
    categories jsonb NOT NULL,
    reason text NOT NULL,
    destroyed_at timestamp with time zone NOT NULL,
    requested_by bigint,
    run_by bigint,
    keep_until date NOT NULL,
    CONSTRAINT erasure_act_pkey PRIMARY KEY (municipality_id, erasure_id),
    CONSTRAINT erasure_act_categories_check CHECK ((jsonb_typeof(categories) = 'object'::text)),
    CONSTRAINT erasure_act_municipality_id_erasure_id_fkey FOREIGN KEY (municipality_id, erasure_id) REFERENCES erasure(municipality_id, id)
);
COMMENT ON COLUMN erasure_act.categories IS 'Code of a category -> how many rows of it were destroyed.';
ALTER TABLE erasure_act ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasure_act FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_municipality ON erasure_act TO PUBLIC
    USING ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)))
    WITH CHECK ((municipality_id = ( SELECT app_municipality_id() AS app_municipality_id)));
CREATE POLICY tenant_school ON erasure_act AS RESTRICTIVE TO PUBLIC
    USING ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))))
    WITH CHECK ((( SELECT app_all_schools() AS app_all_schools) OR (school_id = ( SELECT app_school_id() AS app_school_id))));
GRANT SELECT ON erasure_act TO nastavnik_api;
GRANT DELETE ON erasure_act TO nastavnik_engine;
GRANT SELECT (municipality_id, school_id, erasure_id, person_id, destroyed_at, keep_until) ON erasure_act TO nastavnik_engine;
