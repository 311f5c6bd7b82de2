// SPDX-License-Identifier: Apache-2.0

/// What makes a flame graph look as it does, and what makes it answer; without the script it is a picture.
///
/// Neither has a name of an event in it, asks for anything from elsewhere, nor keeps anything.
enum FlameScript {
    /// The style sheet.
    static let style = #"""
        .flames{color-scheme:light dark;--paper:#fff;--ink:#1b1b1b;--faint:#555;--warn:#9a3412;--mark:#d946ef;--edge:#fff}
        .flames .paper{fill:var(--paper)}
        .flames .t{fill:var(--ink);white-space:pre}
        .flames .title{font-size:16px;font-weight:600}
        .flames .note{fill:var(--warn)}
        .flames .details{fill:var(--faint)}
        .flames .f{cursor:pointer;outline:none}
        .flames .f rect{stroke:var(--edge);stroke-width:.6}
        .flames .f text{fill:#111;pointer-events:none;white-space:pre}
        .flames .f:focus rect{stroke:var(--ink);stroke-width:2}
        .flames .f.below rect{opacity:.55}
        .flames .f.found rect{fill:var(--mark)}
        .flames .n rect{fill:#c9c9c9}
        .flames .z rect{fill:#e6e6e6}
        .flames .u0 rect{fill:hsl(14,90%,66%)}
        .flames .u1 rect{fill:hsl(22,90%,70%)}
        .flames .u2 rect{fill:hsl(29,90%,66%)}
        .flames .u3 rect{fill:hsl(36,90%,70%)}
        .flames .u4 rect{fill:hsl(44,90%,66%)}
        .flames .k0 rect{fill:hsl(200,75%,72%)}
        .flames .k1 rect{fill:hsl(206,75%,76%)}
        .flames .k2 rect{fill:hsl(212,75%,72%)}
        .flames .k3 rect{fill:hsl(219,75%,76%)}
        .flames .k4 rect{fill:hsl(225,75%,72%)}
        .flames .p0 rect{fill:hsl(95,45%,70%)}
        .flames .p1 rect{fill:hsl(102,45%,74%)}
        .flames .p2 rect{fill:hsl(110,45%,70%)}
        .flames .p3 rect{fill:hsl(118,45%,74%)}
        .flames .p4 rect{fill:hsl(125,45%,70%)}
        .flames .i0 rect{fill:hsl(44,90%,68%)}
        .flames .i1 rect{fill:hsl(47,90%,72%)}
        .flames .i2 rect{fill:hsl(50,90%,68%)}
        .flames .i3 rect{fill:hsl(53,90%,72%)}
        .flames .i4 rect{fill:hsl(56,90%,68%)}
        .flames .r1 rect{fill:hsl(4,85%,84%)}
        .flames .b1 rect{fill:hsl(212,85%,84%)}
        .flames .r2 rect{fill:hsl(4,85%,76%)}
        .flames .b2 rect{fill:hsl(212,85%,76%)}
        .flames .r3 rect{fill:hsl(4,85%,68%)}
        .flames .b3 rect{fill:hsl(212,85%,68%)}
        .flames .r4 rect{fill:hsl(4,85%,60%)}
        .flames .b4 rect{fill:hsl(212,85%,60%)}
        .flames input{font:inherit;width:100%;box-sizing:border-box;padding:1px 6px;border:1px solid #888;border-radius:4px}
        @media (prefers-color-scheme:dark){.flames{--paper:#17181a;--ink:#ececec;--faint:#aaa;--warn:#fdba74;--edge:#17181a}
        .flames .n rect{fill:#8a8a8a}.flames .z rect{fill:#9a9a9a}.flames .f rect{filter:brightness(.86)}}
        @media print{.flames{--paper:#fff;--ink:#000}}
        """#

    /// The script: zoom by click, Enter and Escape, move by arrow keys, search.
    static let text = #"""
        (function () {
          "use strict";
          var script = document.currentScript;
          var root = script && script.closest("svg");
          if (!root) return;
          var details = root.querySelector(".details");
          var frames = Array.prototype.map.call(root.querySelectorAll(".f"), function (element) {
            var title = element.querySelector("title").textContent;
            return {
              element: element, label: element.querySelector("text"), title: title,
              name: title.slice(0, title.lastIndexOf(" \u2014 ")),
              x: parseFloat(element.getAttribute("x")), width: parseFloat(element.getAttribute("width")),
              y: parseFloat(element.getAttribute("y")), weight: parseFloat(element.getAttribute("data-w"))
            };
          });
          if (!frames.length) return;
          var all = frames[0], zoomed = all, current = all, slack = 1e-3;
          function isWithin(inner, outer) {
            return inner.x >= outer.x - slack && inner.x + inner.width <= outer.x + outer.width + slack;
          }
          function tell(text) { details.textContent = text; }
          function draw() {
            var pixels = (root.getBoundingClientRect().width || 1200) / 100;
            frames.forEach(function (frame) {
              var isAbove = frame.y <= zoomed.y && isWithin(frame, zoomed);
              var isBelow = frame.y > zoomed.y && isWithin(zoomed, frame);
              frame.isShown = isAbove || isBelow;
              frame.element.style.display = frame.isShown ? "" : "none";
              if (!frame.isShown) return;
              var x = isBelow ? 0 : (frame.x - zoomed.x) / zoomed.width * 100;
              var width = isBelow ? 100 : frame.width / zoomed.width * 100;
              frame.element.classList.toggle("below", isBelow && frame !== zoomed);
              frame.element.setAttribute("x", x + "%");
              frame.element.setAttribute("width", width + "%");
              frame.label.textContent = width * pixels > 14 ? frame.name : "";
            });
          }
          function focus(frame) {
            current.element.removeAttribute("tabindex");
            current = frame;
            frame.element.setAttribute("tabindex", "0");
            frame.element.focus();
            tell(frame.title);
          }
          function zoom(frame) {
            zoomed = frame;
            draw();
            tell(frame === all ? "" : frame.title);
          }
          function nearest(isWanted, distance) {
            var best = null, least = Infinity;
            frames.forEach(function (frame) {
              if (!frame.isShown || frame === current || !isWanted(frame)) return;
              var far = distance(frame);
              if (far < least) { best = frame; least = far; }
            });
            return best;
          }
          var row = 18;
          function move(key) {
            if (key === "ArrowDown") {
              return nearest(function (f) { return f.y === current.y + row && isWithin(current, f); }, function () { return 0; });
            }
            if (key === "ArrowUp") {
              return nearest(function (f) { return f.y === current.y - row && isWithin(f, current); },
                function (f) { return -f.weight; });
            }
            var sign = key === "ArrowRight" ? 1 : -1;
            return nearest(function (f) { return f.y === current.y && (f.x - current.x) * sign > 0; },
              function (f) { return (f.x - current.x) * sign; });
          }
          frames.forEach(function (frame) {
            frame.isShown = true;
            frame.element.setAttribute("role", "button");
            frame.element.setAttribute("aria-label", frame.title);
            frame.element.addEventListener("click", function () { focus(frame); zoom(frame); });
            frame.element.addEventListener("mouseenter", function () { tell(frame.title); });
          });
          all.element.setAttribute("tabindex", "0");
          root.addEventListener("keydown", function (event) {
            if (event.target.localName === "input" || event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === "Enter" || event.key === " ") zoom(current);
            else if (event.key === "Escape") { zoom(all); focus(all); }
            else if (event.key === "/") input.focus();
            else if (event.key.indexOf("Arrow") === 0) { var next = move(event.key); if (next) focus(next); }
            else return;
            event.preventDefault();
          });
          var svg = "http://www.w3.org/2000/svg", html = "http://www.w3.org/1999/xhtml";
          var place = document.createElementNS(svg, "foreignObject");
          place.setAttribute("x", "12");
          place.setAttribute("y", root.getAttribute("data-top"));
          place.setAttribute("width", "220");
          place.setAttribute("height", "24");
          var input = document.createElementNS(html, "input");
          input.setAttribute("type", "search");
          input.setAttribute("placeholder", "search names");
          input.setAttribute("aria-label", "search names");
          place.appendChild(input);
          root.insertBefore(place, details);
          var found = document.createElementNS(svg, "text");
          found.setAttribute("class", "t found-part");
          found.setAttribute("x", "240");
          found.setAttribute("y", String(parseFloat(root.getAttribute("data-top")) + 16));
          root.insertBefore(found, details);
          function search() {
            var wanted = input.value.toLowerCase(), ends = {}, sum = 0, count = 0;
            frames.slice().sort(function (one, other) { return one.x - other.x || other.y - one.y; }).forEach(function (frame) {
              var isFound = wanted !== "" && frame !== all && frame.name.toLowerCase().indexOf(wanted) >= 0;
              frame.element.classList.toggle("found", isFound);
              if (!isFound) return;
              count += 1;
              // What is above a frame that was found counts once.
              if (frame.x + slack < (ends.x || 0)) return;
              ends.x = frame.x + frame.width;
              sum += frame.weight;
            });
            found.textContent = wanted === "" ? "" : count + " found, " + (sum / all.weight * 100).toFixed(2) + " %";
          }
          input.addEventListener("input", search);
          window.addEventListener("resize", draw);
          draw();
        }());
        """#
}
