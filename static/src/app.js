// Chancery's own behaviour: small, delegated, and never needed to finish a task. It reacts to data-* attributes and to
// htmx's events, sets no styles, runs no text as code, and holds no word a reader sees: every text comes from the page.
//
// What a template may use (texts in the page's language; what stands in brackets is optional):
//
//   <body data-user="ID" data-restored="TEXT">     who is signed in, and the notice when typed values came back (expiry.js)
//   <meta name="htmx-config" content='{"noSwap":[204,304,"401","403","404","5xx"]}'>
//   <div id="dialog"></div>                        where htmx puts dialogs; emptied when one closes
//   <div id="toasts" class="toast" role="status" aria-live="polite"></div>
//   <template id="toast-error">…</template>        for answers that are not swapped, and for no network (toast.js):
//       one .alert with [data-toast-text data-offline="TEXT" (data-status403="TEXT" …)] and [data-toast-request hidden]<code>
//   <template id="toast-notice">…</template>       one .alert with [data-toast-text data-renewed="TEXT"], for data-restored and a page
//       that was too old to be sent (expiry.js)
//   [data-toast]                                   leaves after 6 s; not for errors, nor with a button in it
//   <button data-dismiss>                          removes the alert around it
//
//   data-focus            gets the focus once, after the load or swap that brought it: an error summary, an edited field
//   data-close            in a dialog that htmx brought: closes it; on a page of its own: a plain link
//   <dialog data-autoshow open>                    shown as a modal as soon as it is there; Escape follows data-close
//   data-cancel           the link that gives up an edit; Escape in the same form clicks it
//   <form data-guard>     asks before the page is left with changes that were not saved; [data-discard] links do not ask.
//                         <p role="alert" data-unsaved hidden> in it is shown by the first Escape, only the next one gives up;
//                         in a dialog by the first data-close, too
//   .saved                leaves after 6 s, or when something else was saved (toast.js); .just-saved around it with it
//   <form data-reopen="URL">                       see expiry.js; URL is the hx-get of the link that opens this form
//   <select data-autosubmit>                       submits its form on change
//   data-counter="ID"     fills <output id="ID"> with "12 / 1,000" (maxlength, or data-max where more may be typed)
//   data-mirror="SELECTOR"                         shows the value there; [data-empty] there is shown for none
//   <button type="button" data-copy="ID" data-copied="TEXT" hidden>  copies the field's value; its last <span> says TEXT
//
//   <input data-policy="ID">                       password checklist (password.js):
//       <ul id="ID" data-met-text="met: " data-unmet-text="not met: ">
//         <li data-rule="REGEX"> or <li data-same="ID of the other field"> {{icon "circle"}}<span class="sr-only">not met: </span>TEXT
//   <button type="button" data-peek="ID" data-show="Show" data-hide="Hide" hidden><span>Show</span><span class="sr-only"> the password</span></button>
//   <div class="peek"><input type="password" data-peek-too="the repeated password"></div>    gets a button like that of its form
//
//   <select data-combobox data-none="No zone matches" (data-options="URL") (data-unknown="TEXT")>    searchable where there are many
//                         options (combobox.js); TEXT is said beneath it when what was typed is none of them
//   <form data-picture …>                          picture with crop, progress and cancel (picture.js)
//   <form data-bulk>      thead .checkbox selects all of tbody; <output data-selected data-one="{n} selected" data-other="{n} selected">
//   <div data-bulk="NAME">    the same around a table and a form that its boxes name (form="ID"); what is selected is kept in this
//       tab under that name, and goes along with the form; <button type="button" data-unselect hidden> lets go of it, as does a
//       page with data-bulk-done="NAME"; <p data-most="300" hidden> shows when more are selected, and the form stays; a box
//       name="all" data-says="46 selected" in the form means everybody, and no ids go along
//   [data-days], [data-day], [data-page] see calendar.js; a link to a person opens their card (card.js)
//   <textarea data-mentions="URL" data-people="TEXT">    calls people by @ (mention.js)
//   #q, #q-list, #q-said  the search at the top of every page (search.js)
//   #live, #unread, #thread, #reading                    what an open page is told by its stream (live.js)
//   data-quiet            what asks by itself: no bar, and no toast when it fails
//   [data-passkey…] see passkey.js; [data-download], [data-print] see keep.js
//   a select in a cell's form is sent by Enter (fields.js)
//
// An unsafe request under way is not sent twice (once.js), and the thin bar at the top shows that something is (busy.js).
import "./busy.js";
import "./calendar.js";
import "./card.js";
import "./combobox.js";
import "./dialog.js";
import "./expiry.js";
import "./fields.js";
import "./guard.js";
import "./once.js";
import "./keep.js";
import "./live.js";
import "./mention.js";
import "./passkey.js";
import "./password.js";
import "./picture.js";
import "./search.js";
import "./selection.js";
import "./tabs.js";
import "./toast.js";
import { $$, settle } from "./dom.js";

// A style that the browser or one of its extensions gave an element (a size, say) is not for the one that takes its place. htmx
// would copy it as an attribute, which the policy refuses.
document.addEventListener("htmx:before:swap", () => $$("[id][style]").forEach((element) => element.removeAttribute("style")));
document.addEventListener("htmx:after:swap", () => settle());
settle();
