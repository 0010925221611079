// Draws every figure at the width of its frame: the wide form on a sheet, the narrow one on a phone, wide in print.
(() => {
  "use strict";
  const SHEET = 680;
  const NARROW_BELOW = 560;
  const config = JSON.parse(document.getElementById("config").textContent);
  const plots = [...document.querySelectorAll(".plot")].map((element) => ({
    element,
    forms: JSON.parse(element.nextElementSibling.textContent),
    width: 0,
  }));

  function draw(plot, width) {
    if (plot.width === width) return;
    const { data, layout } = width < NARROW_BELOW ? plot.forms.narrow : plot.forms.wide;
    const least = (layout.meta || {}).least_width || 0;
    plot.width = width;
    plot.element.style.minHeight = layout.height + "px";
    Plotly.newPlot(plot.element, structuredClone(data), { ...structuredClone(layout), width: Math.max(width, least) }, config);
  }

  const fit = () => plots.forEach((plot) => draw(plot, Math.round(plot.element.parentElement.clientWidth)));
  const print = () => plots.forEach((plot) => draw(plot, SHEET));
  const family = '"Staying Power Sans"';
  // Labels are measured when they are drawn, so the font has to be there first.
  Promise.all([document.fonts.load(`400 13px ${family}`), document.fonts.load(`600 13px ${family}`)]).then(() => {
    fit();
    addEventListener("resize", fit);
    addEventListener("beforeprint", print);
    addEventListener("afterprint", fit);
    document.documentElement.dataset.figures = "drawn";
  });
})();
