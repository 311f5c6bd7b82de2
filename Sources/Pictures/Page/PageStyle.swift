// SPDX-License-Identifier: Apache-2.0

/// How a page looks: light or dark as its reader has it, in any width, and on paper.
enum PageStyle {
    static let text = """
        :root{color-scheme:light dark;--paper:#fff;--ink:#1b1b1b;--faint:#5c5c5c;--line:#ddd;--bar:#3b82c4;--lost:#c2410c}
        @media (prefers-color-scheme:dark){:root{--paper:#17181a;--ink:#ececec;--faint:#a5a5a5;--line:#3a3b3d;--bar:#5b9bd5}}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
        main{max-width:1200px;margin:0 auto;padding:16px}
        h1{font-size:1.5em;margin:.2em 0;overflow-wrap:anywhere}
        h2{font-size:1.15em;margin:1.6em 0 .5em;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        h3{font-size:1em;margin:1em 0 .3em}
        small{font-weight:400;color:var(--faint)}
        .origin{color:var(--faint);margin:.2em 0;overflow-wrap:anywhere}
        .note{color:var(--lost);font-weight:600;margin:.3em 0;overflow-wrap:anywhere}
        dl{display:flex;flex-wrap:wrap;gap:.3em 1.6em;margin:.8em 0}
        dt{color:var(--faint);font-size:.85em}
        dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:1em 2em}
        table{border-collapse:collapse;width:100%;align-self:start;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-weight:600;padding:.3em 0;overflow-wrap:anywhere}
        th,td{padding:.15em .5em;text-align:left;vertical-align:baseline;overflow-wrap:anywhere}
        thead th{border-bottom:1px solid var(--line);font-weight:600}
        th.number,td.number{text-align:right;white-space:nowrap}
        tbody th{font-weight:400}
        td.bar{width:35%}
        .histogram td.bar{width:60%}
        .bar span{display:block;height:.8em;min-width:1px;background:var(--bar);border-radius:2px;print-color-adjust:exact}
        .chart{display:block;width:100%;background:none;border-bottom:1px solid var(--line)}
        .rate{fill:var(--bar)}.lost{fill:var(--lost)}.heat{fill:var(--bar)}
        .axis{display:flex;justify-content:space-between;color:var(--faint);font-size:.8em;margin:.2em 0;gap:1em}
        @media print{:root{--paper:#fff;--ink:#000;--faint:#444;--line:#bbb}section{break-inside:avoid}}

        """
}
