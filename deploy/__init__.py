"""How Nastavnik is set up and started; the product itself (services, shared) never imports it."""
