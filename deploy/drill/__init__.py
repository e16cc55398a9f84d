"""`make drill`: a backup under load, everything killed, a restore into an empty server, everything checked."""
