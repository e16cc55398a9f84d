-- What the victim has and no request of the scene writes: rows of jobs, accounts and erasures.
-- m, s, p: municipality, school, programme.
INSERT INTO notice (municipality_id, school_id, programme_id, code, to_role, once, ru, en, link, school_year, job_run_id)
SELECT %(m)s, %(s)s, %(p)s, 'deadline.soon', role, 'scene ' || role, 'Срок близок', 'Due soon', '/', 2020,
       (SELECT min(id::text)::uuid FROM job_run WHERE municipality_id = %(m)s AND school_id = %(s)s)
FROM unnest(ARRAY['curator', 'methodist']) AS role;

INSERT INTO delivery_attempt (municipality_id, school_id, delivery_id, outcome, http_status)
SELECT municipality_id, school_id, id, 'failed', 500 FROM delivery WHERE municipality_id = %(m)s;

INSERT INTO feed_head (municipality_id, last_no) VALUES (%(m)s, 1);

UPDATE feed_event SET feed_no = 1 WHERE id = (SELECT min(id) FROM feed_event WHERE school_id = %(s)s);

INSERT INTO audit_chain (municipality_id, chain_no, audit_id, body_version, prev_hash, hash)
SELECT %(m)s, 1, min(id), 1, repeat('0', 64), repeat('1', 64) FROM audit WHERE municipality_id = %(m)s;

INSERT INTO audit_head (municipality_id, chain_no, hash, at) VALUES (%(m)s, 1, repeat('1', 64), now());

INSERT INTO account (municipality_id, principal_id, login, password_hash, password_set_at)
SELECT municipality_id, id, 'somebody' || id || '@victim.example', repeat('x', 40), now() FROM principal
WHERE municipality_id = %(m)s;

INSERT INTO recovery_code (municipality_id, principal_id, code_hash)
SELECT municipality_id, principal_id, sha256('code') FROM account WHERE municipality_id = %(m)s;

INSERT INTO account_link (municipality_id, principal_id, purpose, secret_hash, expires_at)
SELECT municipality_id, principal_id, 'reset', sha256('link'), now() + interval '1 day' FROM account
WHERE municipality_id = %(m)s;

INSERT INTO account_session (municipality_id, principal_id, secret_hash, way, idle_until, expires_at)
SELECT municipality_id, principal_id, sha256('session'), 'password', now() + interval '1 day', now() + interval '1 day'
FROM account WHERE municipality_id = %(m)s;

INSERT INTO identity (municipality_id, principal_id, issuer, subject)
SELECT municipality_id, principal_id, 'https://issuer.example', 'subject ' || principal_id FROM account
WHERE municipality_id = %(m)s;

INSERT INTO erasure (municipality_id, school_id, person_id, reason, status, requested_at, planned_at, due_at, ended_at)
SELECT %(m)s, %(s)s, min(id), 'request', status, now(), now(), now() + interval '30 days',
       CASE status WHEN 'done' THEN now() END
FROM person, unnest(ARRAY['waiting', 'done']) AS status WHERE school_id = %(s)s GROUP BY status;

INSERT INTO erasure_act (municipality_id, school_id, erasure_id, person_id, subject, operator, categories, reason,
                         destroyed_at, keep_until)
SELECT municipality_id, school_id, id, person_id, 'тайна акта', 'Школа', '{"person": 1}', 'request', now(), '2029-01-01'
FROM erasure WHERE school_id = %(s)s AND status = 'done';
