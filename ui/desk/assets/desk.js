// What only the browser can do for the desk: clocks, keys, the clipboard, keeping typed text, and painting
// findings under it. All text comes from the page; nothing here makes markup of words.
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];
  const TYPED = "warmline:typed:", CURRENT = "warmline:current", LIGHT = "warmline:light";
  const CHECK_AFTER_MS = 220, UNDO_STEPS = 50;
  const editor = () => $("#draft textarea");
  const ticketOnDesk = () => $("#talk .talk")?.dataset.ticket || "";
  const holding = { ticket: "", released: true };   // the agent typed: no late answer may overwrite it
  const undo = [];
  let sequence = 0, checkTimer = 0, wanted = "";

  // --- to the server: a line in a hidden box, which Gradio sends on ---------------------------------
  function tell(box, command) {
    const field = $(`#${box} textarea, #${box} input`);
    if (!field) return;
    field.value = JSON.stringify({ ...command, n: ++sequence });
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* full or forbidden */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* forbidden */ } },
  };

  function open(ticket) {
    if (!ticket) return;
    release();
    wanted = ticket;
    store.set(CURRENT, ticket);
    $$("#queue .item").forEach((item) => item.classList.toggle("current", item.dataset.ticket === ticket));
    tell("line", { do: "open", ticket, kept: store.get(TYPED + ticket) || "" });
  }
  function step(by) {
    const all = $$("#queue .item").map((item) => item.dataset.ticket);
    if (!all.length) return;
    const at = all.indexOf(wanted || ticketOnDesk());
    open(all[(at + by + all.length) % all.length]);
    $("#queue .item.current")?.scrollIntoView({ block: "nearest" });
  }

  // --- the editor ---------------------------------------------------------------------------------
  function release() { holding.released = true; }
  function guard(field) {
    if (field.dataset.guarded) return;
    field.dataset.guarded = "yes";
    const own = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    Object.defineProperty(field, "value", {
      configurable: true,
      get() { return own.get.call(field); },
      set(text) {
        const before = own.get.call(field);
        if (text === before) return;
        const held = !holding.released && holding.ticket === ticketOnDesk();
        if (held && !field.dataset.own) return;
        remember(before);
        own.set.call(field, text);
        queueMicrotask(paint);
      },
    });
    field.addEventListener("input", () => { if (!field.dataset.own) typed(); paint(); });
    field.addEventListener("scroll", () => { const back = $("#paint"); if (back) back.scrollTop = field.scrollTop; });
  }
  function remember(text) {
    if (text && undo.at(-1)?.text !== text) undo.push({ ticket: ticketOnDesk(), text });
    if (undo.length > UNDO_STEPS) undo.shift();
  }
  function typed() {
    const ticket = ticketOnDesk();
    holding.ticket = ticket;
    holding.released = false;
    store.set(TYPED + ticket, editor().value);
    clearTimeout(checkTimer);
    checkTimer = setTimeout(() => tell("typing", { ticket }), CHECK_AFTER_MS);
  }
  function write(text, { keep = true } = {}) {
    const field = editor();
    const before = field.value;
    field.dataset.own = "yes";
    field.value = text;
    if (!keep && undo.at(-1)?.text === before) undo.pop();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    delete field.dataset.own;
    clearTimeout(checkTimer);
    const ticket = ticketOnDesk();
    holding.ticket = ticket;
    holding.released = false;
    store.set(TYPED + ticket, text);
    tell("typing", { ticket });
  }
  function undone() {
    while (undo.length) {
      const last = undo.pop();
      if (last.ticket === ticketOnDesk() && last.text !== editor().value) return write(last.text, { keep: false });
    }
  }
  const letters = (text) => Array.from(text);       // the server counts code points
  function fixed({ start, end, quote, with: words }) {
    const all = letters(editor().value);
    let [from, to] = [Number(start), Number(end)];
    if (all.slice(from, to).join("") !== quote) {    // edited since: only if it is there exactly once
      const text = editor().value, at = text.indexOf(quote);
      if (!quote || at < 0 || text.indexOf(quote, at + 1) >= 0) return;
      from = letters(text.slice(0, at)).length;
      to = from + letters(quote).length;
    }
    write([...all.slice(0, from), ...letters(words || ""), ...all.slice(to)].join(""));
  }
  function show({ start, end, words }) {
    const field = editor(), text = field.value;
    let from = letters(text).slice(0, Number(start)).join("").length;
    let to = letters(text).slice(0, Number(end)).join("").length;
    if (words !== undefined) { from = text.indexOf(words.trim()); to = from + words.trim().length; }
    if (from < 0 || to <= from) return;
    field.focus();
    field.setSelectionRange(from, to);
  }
  function insert(words) {
    const field = editor(), text = field.value;
    const at = field.selectionEnd ?? text.length;
    const gap = at && !/\s$/.test(text.slice(0, at)) ? "\n" : "";
    write(text.slice(0, at) + gap + words + text.slice(at));
  }
  function fingerprint(text) {
    let value = 0x811c9dc5;
    for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 0x01000193) >>> 0;
    return value.toString(16).padStart(8, "0");
  }
  const checked = () => $("#findings .findings")?.dataset.checked === fingerprint(editor().value);
  async function fresh() {                           // wait for the checks of the very text that is there
    for (let waits = 0; waits < 30 && !checked(); waits += 1) await new Promise((go) => setTimeout(go, 50));
    return checked();
  }
  async function copy() {
    const words = $("#top .bar").dataset, button = $("#copy");
    const safe = (await fresh()) && (!$("#findings .findings").dataset.blocked || $("#ack input")?.checked);
    if (!safe) { say(button, words.refused, "refused"); $("#ack input")?.focus(); return; }
    const text = editor().value;
    try { await navigator.clipboard.writeText(text); } catch { editor().select(); document.execCommand("copy"); }
    document.body.dataset.copied = text.length;
    say(button, words.copied, "done");
  }
  function say(button, words, state) {
    button.dataset.says = words;
    button.classList.add("says", state);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => button.classList.remove("says", "done", "refused"), 1800);
  }

  // --- findings painted under the words -------------------------------------------------------------
  function paint() {
    const field = editor();
    if (!field) return;
    let back = $("#paint");
    if (!back) {
      back = document.createElement("div");
      back.id = "paint";
      back.setAttribute("aria-hidden", "true");
      field.parentElement.prepend(back);
    }
    const spans = checked() ? JSON.parse($("#findings .findings").dataset.spans || "[]") : [];
    const all = letters(field.value), marks = new Array(all.length).fill("");
    for (const [start, end, severity] of [...spans].reverse())
      if (end - start < all.length) marks.fill(severity, start, end);
    back.replaceChildren();
    for (let at = 0; at < all.length;) {
      let to = at;
      while (to < all.length && marks[to] === marks[at]) to += 1;
      const piece = document.createElement(marks[at] ? "mark" : "span");
      if (marks[at]) piece.className = `is-${marks[at]}`;
      piece.textContent = all.slice(at, to).join("");
      back.append(piece);
      at = to;
    }
    back.append("\n");
    back.scrollTop = field.scrollTop;
  }

  // --- reply clocks ---------------------------------------------------------------------------------
  function tick() {
    for (const clock of $$("#queue .clock[data-waited]")) {
      clock.since ??= performance.now();
      const { waited, first, limit, over } = clock.dataset;
      const seconds = Number(waited) + (performance.now() - clock.since) / 1000;
      const left = Math.round(Number(limit) - seconds), size = Math.abs(left);
      const long = size >= 3600 ? `${Math.floor(size / 3600)}h${String(Math.floor(size / 60) % 60).padStart(2, "0")}`
        : `${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
      clock.textContent = left >= 0 ? long : `${over} ${long}`;
      clock.classList.toggle("soon", seconds >= Number(first) && left >= 0);
      clock.classList.toggle("late", left < 0);
    }
  }

  // --- clicks and keys ------------------------------------------------------------------------------
  const does = {
    open: (data) => open(data.ticket),
    answer: (data) => { release(); tell("line", { do: "answer", index: data.index }); },
    take: (data) => { store.drop(TYPED + ticketOnDesk()); release(); tell("line", { do: "take", way: data.way }); },
    fix: fixed,
    show,
    insert: (data) => insert(data.with),
    keys: () => { const keys = $("#keys"); keys.open ? keys.close() : keys.showModal(); },
    close: () => $("#keys").close(),
    light: () => {
      light = document.body.classList.contains("dark") ? "light" : "dark";
      store.set(LIGHT, light);
      shade();
    },
    language: (data) => {
      document.cookie = `warmline_language=${data.language}; path=/; max-age=31536000; samesite=strict`;
      location.href = "/";
    },
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#redraft")) { store.drop(TYPED + ticketOnDesk()); release(); return; }
    if (event.target.closest("#stop, #paste-go")) { if (event.target.closest("#paste-go")) release(); return; }
    if (event.target.closest("#copy")) { copy(); return; }
    if (event.target.closest("#undo")) { undone(); return; }
    if (event.target.closest("details")) return;
    const target = event.target.closest("[data-do]");
    if (target && does[target.dataset.do]) does[target.dataset.do](target.dataset);
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      $("#redraft")?.click();
      return;
    }
    if (event.key === "Escape") {
      if ($("#keys")?.open) return;
      if ($("#progress [data-streaming]")) $("#stop")?.click();
      document.activeElement?.blur();
      return;
    }
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = { j: () => step(1), k: () => step(-1), e: () => editor()?.focus(), c: copy, "?": does.keys,
      "/": () => { $('#proof [role="tab"]:last-of-type')?.click();
        setTimeout(() => $("#phrase-search textarea, #phrase-search input")?.focus(), 60); } }[event.key];
    if (key) { event.preventDefault(); key(); }
  });

  // --- the page as it changes -----------------------------------------------------------------------
  let openedOnce = false, lastQueue = null, light = store.get(LIGHT);
  function shade() { if (light) document.body.classList.toggle("dark", light === "dark"); }
  function changed() {
    const field = editor();
    if (field) guard(field);
    shade();                                         // the frame around us sets its own when it is ready
    const queue = $("#queue .waiting");
    if (queue && queue !== lastQueue) {
      lastQueue = queue;
      for (const gone of $$("#queue [data-finished]")) store.drop(TYPED + gone.dataset.finished);
      tick();
      const ids = $$("#queue .item").map((item) => item.dataset.ticket);
      if (!openedOnce && ids.length) {
        openedOnce = true;
        open(ids.includes(store.get(CURRENT)) ? store.get(CURRENT) : ids[0]);
      } else if (openedOnce && !ids.includes(ticketOnDesk()) && $("#queue .item.current")) {
        open($("#queue .item.current").dataset.ticket);
      }
    }
    const onDesk = ticketOnDesk();
    if (onDesk && onDesk !== document.body.dataset.ticket) {
      document.body.dataset.ticket = onDesk;
      const bubbles = $("#talk .bubbles");
      if (bubbles) bubbles.scrollTop = bubbles.scrollHeight;
      const tab = $$('#proof [role="tab"]').findIndex((each) => each.ariaSelected === "true");
      if (tab === 2) tell("line", { do: "ways" });
      if (tab === 3) tell("line", { do: "phrases", wanted: $("#phrase-search textarea, #phrase-search input").value });
    }
    const found = $("#findings .findings");
    if (found && found !== changed.found) { changed.found = found; paint(); }
  }
  function start() {
    shade();
    document.documentElement.lang = location.pathname.startsWith("/en") ? "en" : "zh-CN";
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
    setInterval(tick, 1000);
    changed();
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
