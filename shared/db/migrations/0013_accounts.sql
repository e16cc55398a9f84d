-- Accounts with passwords: invitations, sessions, second factors.

SELECT 1;
