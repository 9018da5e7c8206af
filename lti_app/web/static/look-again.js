// Looks again after a while at a page that tells how far something has come.
"use strict";

window.setTimeout(() => window.location.reload(), 3000);
