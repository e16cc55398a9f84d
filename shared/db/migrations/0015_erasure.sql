-- Erasure of a person: what was asked, what was done, the act that proves it.

SELECT 1;
