-- Scopes and last use of tokens; identities of a single sign-on.

SELECT 1;
