"""The journey of order 428 over HTTP: what `make demo` shows and the end-to-end test repeats."""
