// The form that writes a post, with scripts. Its parts stand in the order in which they meet a form; those in the folder form/ are put in here
// by the server (core/pages/modules.py), the others belong to other pages, too.
import "./completion.js";
import "./composer.js";
import "./moments.js";
import "./form/emojis.js";
import "./form/chains.js";
import "./form/pills.js";
import "./form/focus.js";
import "./form/uploads.js";
import "./form/drafts.js";
import "./form/panels.js";
import "./form/mending.js";
