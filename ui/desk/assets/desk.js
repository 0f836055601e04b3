// What only the browser can do for the desk: clocks, keys, the clipboard, keeping typed text, and painting
// findings under it. All text comes from the page; nothing here makes markup of words.
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];
  const TYPED = "warmline:typed:", CURRENT = "warmline:current", LIGHT = "warmline:light",
    STEER = "warmline:steer:", STEERS = "warmline:steers", PASTED = "warmline:paste";
  const CHECK_AFTER_MS = 220, UNDO_STEPS = 50, STEERS_KEPT = 5;
  const editor = () => $("#draft textarea");
  const ticketOnDesk = () => $("#talk .talk")?.dataset.ticket || "";
  const holding = { ticket: "", released: true };   // the agent typed: no late answer may overwrite it
  const undo = new Map();                           // ticket → its earlier texts
  const shown = { ticket: "", streamed: false };    // whose text the editor holds, and whether it came in pieces
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
    tell("line", { do: "open", ticket, kept: store.get(TYPED + ticket) || "", steer: store.get(STEER + ticket) || "" });
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
        const streaming = Boolean($("#progress [data-streaming]"));
        const goesOn = shown.streamed && (streaming || text.startsWith(before));
        if (!goesOn) remember(before);
        shown.streamed = streaming;
        own.set.call(field, text);
        if (holding.reworded && holding.reworded === shown.ticket) store.set(TYPED + shown.ticket, text);
        queueMicrotask(paint);
      },
    });
    field.addEventListener("input", () => { if (!field.dataset.own) typed(); paint(); });
    field.addEventListener("scroll", () => { const back = $("#paint"); if (back) back.scrollTop = field.scrollTop; });
  }
  function steps(ticket = shown.ticket) {
    if (!undo.has(ticket)) undo.set(ticket, []);
    return undo.get(ticket);
  }
  function remember(text) {
    const past = steps();
    if (text && past.at(-1) !== text) past.push(text);
    if (past.length > UNDO_STEPS) past.shift();
  }
  function typed() {
    const ticket = ticketOnDesk();
    holding.ticket = ticket;
    holding.released = false;
    holding.reworded = "";
    store.set(TYPED + ticket, editor().value);
    clearTimeout(checkTimer);
    checkTimer = setTimeout(() => tell("typing", { ticket }), CHECK_AFTER_MS);
  }
  function write(text, { keep = true } = {}) {
    const field = editor();
    const before = field.value;
    field.dataset.own = "yes";
    field.value = text;
    if (!keep && steps().at(-1) === before) steps().pop();
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
    const past = shown.ticket === ticketOnDesk() ? steps() : [];
    while (past.length) {
      const last = past.pop();
      if (last !== editor().value) return write(last, { keep: false });
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
  function barred() {                                // a blocked text looks as it is: not to be copied yet
    const bar = Boolean($("#findings .findings")?.dataset.blocked) && !$("#ack input")?.checked;
    for (const button of $$("#copy, #sent"))
      if (button.getAttribute("aria-disabled") !== String(bar)) button.setAttribute("aria-disabled", String(bar));
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

  // --- steers ---------------------------------------------------------------------------------------
  const steer = () => $("#steer textarea, #steer input");
  const steers = () => { try { return JSON.parse(store.get(STEERS)) || []; } catch { return []; } };
  function steered() {
    const words = steer()?.value.trim();
    if (!words) return;
    store.set(STEERS, JSON.stringify([words, ...steers().filter((each) => each !== words)].slice(0, STEERS_KEPT)));
    offer();
  }
  function offer() {
    const place = $("#steers");
    if (!place) return;
    place.replaceChildren(...steers().map((words) => {
      const button = document.createElement("button");
      button.className = "verb past";
      button.textContent = words;
      button.dataset.do = "steer";
      button.dataset.with = words;
      return button;
    }));
  }
  function put(field, words) {
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function restart() {                               // the next text of this conversation is a new one
    store.drop(TYPED + ticketOnDesk());
    release();
    holding.reworded = "";
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
    fill: () => {
      const given = Object.fromEntries($$("#case .missing input").map((field) => [field.name, field.value]));
      if (!Object.values(given).some((value) => value.trim())) { $("#case .missing input")?.focus(); return; }
      restart();
      tell("line", { do: "fill", given });
    },
    hear: () => {
      const field = $("#talk .heard input");
      if (field.value.trim()) tell("line", { do: "hear", text: field.value }); else field.focus();
    },
    again: () => $("#redraft").click(),
    rewrite: (data) => {
      release();
      holding.reworded = ticketOnDesk();
      tell("line", { do: "rewrite", how: data.how, text: editor().value });
    },
    steer: (data) => { put(steer(), data.with); steer().focus(); },
    take: (data) => { restart(); tell("line", { do: "take", way: data.way }); },
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
      location.href = data.to || "/";
    },
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#redraft")) { steered(); restart(); return; }
    if (event.target.closest("#stop, #paste-go")) { if (event.target.closest("#paste-go")) { release(); store.drop(PASTED); } return; }
    if (event.target.closest("#copy")) { copy(); return; }
    if (event.target.closest("#undo")) { undone(); return; }
    if (event.target.closest("details")) return;
    const target = event.target.closest("[data-do]");
    if (target && does[target.dataset.do]) does[target.dataset.do](target.dataset);
  });
  document.addEventListener("input", (event) => {
    if (event.target.closest("#steer")) store.set(STEER + ticketOnDesk(), event.target.value);
    if (event.target.closest("#paste")) store.set(PASTED, event.target.value);
  });
  document.addEventListener("change", (event) => { if (event.target.closest("#ack")) barred(); });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !$("#desk")) return;
    if (event.key === "Enter" && event.target.closest?.("#steer")) { steered(); restart(); }
    if (event.key === "Enter" && event.target.closest?.(".missing")) { event.preventDefault(); does.fill(); return; }
    if (event.key === "Enter" && event.target.closest?.(".heard")) { event.preventDefault(); does.hear(); return; }
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
      for (const gone of $$("#queue [data-finished]")) {
        store.drop(TYPED + gone.dataset.finished);
        store.drop(STEER + gone.dataset.finished);
      }
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
      const tab = $$('#proof [role="tab"]').findIndex((each) => each.ariaSelected === "true");
      if (tab === 2) tell("line", { do: "ways" });
      if (tab === 3) tell("line", { do: "phrases", wanted: $("#phrase-search textarea, #phrase-search input").value });
    }
    const bubbles = $("#talk .bubbles");
    if (bubbles && bubbles !== changed.bubbles) { changed.bubbles = bubbles; bubbles.scrollTop = bubbles.scrollHeight; }
    const found = $("#findings .findings");
    if (found && found !== changed.found) { changed.found = found; paint(); barred(); }
    if (found && field && checked()) shown.ticket = found.dataset.ticket;
    const place = $("#steers");
    if (place && place !== changed.place) { changed.place = place; offer(); }
    const paste = $("#paste textarea");
    if (paste && paste !== changed.paste) {          // what was pasted and not yet taken in is there again
      changed.paste = paste;
      if (store.get(PASTED) && !paste.value) setTimeout(() => put(paste, store.get(PASTED)), 300);
    }
  }
  function start() {
    shade();
    document.documentElement.lang = /(^|\/)en(\/|$)/.test(location.pathname) ? "en" : "zh-CN";
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
    setInterval(tick, 1000);
    changed();
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
