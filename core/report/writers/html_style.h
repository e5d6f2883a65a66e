#pragma once
#include <string_view>

namespace plumbline {

/// The style of a report's page: 760 px of text on a desk, one column at 360 px, its own rules for
/// dark grounds and for paper. Colours are the workbench's palette.
inline constexpr std::string_view html_style = R"css(
:root{color-scheme:light dark;--base:#fff;--text:#1e2227;--second:#555d66;--line:#d2d6db;--faint:#e4e7ea;--alt:#f6f7f9;--accent:#6246a8;--grid:#e9ecef;--axis:#6b737c;--bar:#d9dde1;--baseline:#737b84;--caution:#8a5a00;--kept:#009e73;--undetected:#d55e00;--caught:#0072b2;--rejected:#e69f00}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--base);color:var(--text);font:15px/1.5 Inter,"Noto Sans",system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:908px;margin:0 auto;padding:40px 36px 64px}
h1{font-size:25px;line-height:1.25;font-weight:600;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;font-weight:600;margin:44px 0 10px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:15px;font-weight:600;margin:26px 0 8px}
p{margin:0 0 10px;max-width:76ch;overflow-wrap:anywhere}
.by,.small,.missing,figcaption,.votes{color:var(--second);font-size:13px}
.by{margin-bottom:22px}
.lead{font-size:16px}
.caution{border-left:3px solid var(--caution);padding-left:11px;color:var(--caution)}
.missing{font-style:italic}
.wide{overflow-x:auto;margin:10px 0 14px}
table{border-collapse:collapse;width:100%;font-size:13px;border-top:1.5px solid var(--text);border-bottom:1px solid var(--line)}
caption{text-align:left;color:var(--second);font-size:13px;padding:0 0 6px;overflow-wrap:anywhere}
th{font-weight:400;color:var(--second);text-align:left;vertical-align:bottom;border-bottom:1px solid var(--line)}
caption span{position:sticky;left:0;display:inline-block;max-width:min(100%,100vw - 28px)}
th,td{padding:4px 8px;overflow-wrap:anywhere;min-width:4ch}
th{overflow-wrap:break-word}
td:first-child,th:first-child{min-width:23ch;padding-left:4px}
td+td:not(.n){min-width:9ch}
td{border-bottom:1px solid var(--faint);vertical-align:top}
tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
td.i{color:var(--second)}
td.m{padding-left:22px!important;text-indent:-18px}
b{font-weight:600}
.matrix th,.matrix td{padding:3px 5px}
.matrix th{overflow-wrap:anywhere;min-width:6ch;font-size:12px}
.matrix td:first-child,.matrix th:first-child{min-width:12ch}
.mark{display:inline-block;width:10px;height:10px;margin-right:8px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));gap:20px;margin:10px 0 14px}
figure{margin:0;max-width:560px}
figure svg{display:block;width:100%;height:auto}
figcaption{margin-bottom:4px}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:12px 10px;margin:8px 0 14px;padding:0;list-style:none}
.cases li{min-width:0;font-size:12.5px;line-height:1.35;overflow-wrap:anywhere}
.cases img,.none{display:block;width:100%;height:112px;object-fit:contain;background:var(--alt);border:2px solid var(--line);image-rendering:auto}
.cases img.px{image-rendering:pixelated}
.none{display:flex;align-items:center;justify-content:center;color:var(--second);font-size:11.5px;padding:4px;text-align:center;overflow:hidden}
.v-kept{border-color:var(--kept)!important}.v-undetected{border-color:var(--undetected)!important}.v-caught{border-color:var(--caught)!important}.v-rejected{border-color:var(--rejected)!important}
.votes{font-size:11.5px}
pre{font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;background:var(--alt);border:1px solid var(--faint);padding:9px 11px;margin:4px 0 12px;white-space:pre-wrap;overflow-wrap:anywhere}
nav{font-size:13px;margin:0 0 8px}
nav ol{margin:0;padding:0;list-style:none;columns:2;column-gap:28px}
nav a{color:var(--accent);text-decoration:none}
nav a:hover,nav a:focus{text-decoration:underline}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media (max-width:560px){main{padding:20px 14px 40px}h1{font-size:21px}nav ol{columns:1}.cases{grid-template-columns:repeat(auto-fill,minmax(88px,1fr))}.cases img,.none{height:88px}th,td{padding:4px 6px}td:first-child,th:first-child{min-width:15ch}}
@media (prefers-color-scheme:dark){:root{--base:#1c1f22;--text:#e2e5e8;--second:#a3abb4;--line:#3a3f45;--faint:#2e3237;--alt:#212428;--accent:#a78bea;--grid:#2b2f34;--axis:#8c949d;--bar:#3a3f45;--baseline:#9aa2ab;--caution:#f0b440}.p-second{stroke:#5aaee6}.f-second{fill:#5aaee6}.p-third{stroke:#d07fb0}.f-third{fill:#d07fb0}}
@media screen{.b-label{fill:var(--base)}.p-chosen{stroke:var(--accent)}.f-chosen{fill:var(--accent)}.p-baseline{stroke:var(--baseline)}.r-baseline{stroke:var(--baseline);fill:var(--base)}.p-others{stroke:var(--baseline)}.f-others{fill:var(--baseline)}.p-grid{stroke:var(--grid)}.p-axis{stroke:var(--axis)}.p-bar{fill:var(--bar)}.t-second{fill:var(--second)}.t-text{fill:var(--text)}.label{paint-order:stroke;stroke:var(--base);stroke-width:3px;stroke-linejoin:round}}
@media print{:root{color-scheme:light;--base:#fff;--text:#000;--second:#444;--line:#bbb;--faint:#ddd;--alt:#f6f6f6;--accent:#6246a8;--caution:#8a5a00}@page{margin:16mm 14mm}body{font-size:9.5pt}table{font-size:7.8pt}th,td{padding:2.5pt 4pt}td:first-child,th:first-child{min-width:17ch}caption,.small,.missing,figcaption{font-size:8pt}.cases{grid-template-columns:repeat(6,1fr)}.cases li{font-size:7.5pt}.votes{font-size:6.5pt}pre{font-size:7.5pt}main{max-width:none;padding:0}nav{display:none}h2,h3,caption,thead,tbody tr:first-child{break-after:avoid}tbody tr:last-child{break-before:avoid}figure,tr,.cases li{break-inside:avoid}.wide{overflow:visible}thead{display:table-header-group}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)css";

}  // namespace plumbline
