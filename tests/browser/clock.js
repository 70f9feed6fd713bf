// Notes when an event comes, and when the frame after the change that it made has been drawn.
(root) => {
  const clock = window.courseClock = {taken: []};
  const said = root.querySelector("[role=status]");
  for (const kind of ["pointerdown", "pointermove", "keydown", "input", "click", "change"])
    root.addEventListener(kind, (event) => (clock.since ??= event.timeStamp), true);
  new MutationObserver(() => requestAnimationFrame(() => {
    if (clock.since === undefined) return;
    clock.taken.push(performance.now() - clock.since);
    clock.since = undefined;
  })).observe(said, {childList: true, characterData: true, subtree: true});
}
