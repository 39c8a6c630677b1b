(() => {
  "use strict";
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (target, x, y) => {
    const [heading, ...lines] = target.dataset.tip.split("\n");
    const strong = document.createElement("strong");
    strong.textContent = heading;
    tip.replaceChildren(strong, lines.join("\n"));
    tip.hidden = false;
    const left = x + 16 + tip.offsetWidth > innerWidth ? x - 16 - tip.offsetWidth : x + 16;
    const top = Math.min(y + 14, innerHeight - tip.offsetHeight - 8);
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = Math.max(8, top) + "px";
  };
  const tipped = (event) => event.target.closest && event.target.closest("[data-tip]");
  document.addEventListener("pointermove", (event) => {
    const target = tipped(event);
    if (target) show(target, event.clientX, event.clientY); else hide();
  });
  document.addEventListener("focusin", (event) => {
    const target = tipped(event);
    if (!target || !target.matches(":focus-visible")) return;
    const box = target.getBoundingClientRect();
    show(target, box.left + box.width / 2, box.top + box.height / 2);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  const themes = document.querySelectorAll("input[name=theme]");
  let stored = "auto";
  // Storage is refused in some browsers for local files; the choice then lasts until reload.
  try { stored = localStorage.getItem("mlora-theme") || "auto"; } catch (refused) { stored = "auto"; }
  themes.forEach((input) => {
    input.checked = input.value === stored;
    input.addEventListener("change", () => {
      try { localStorage.setItem("mlora-theme", input.value); } catch (refused) { hide(); }
    });
  });

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));
})();
