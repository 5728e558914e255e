"use strict";
// Two results side by side: the page's own, and one that a reader drops onto it or chooses. Nothing leaves the page.
(() => {
  const section = document.getElementById("compare");
  if (!section) return;
  const out = section.querySelector(".differences");
  const here = [...document.querySelectorAll(".record")].map(one => JSON.parse(one.textContent));
  const missing = "\u2013", most = 32 << 20;

  const plain = text => String(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, "?").slice(0, 300);
  const isObject = value => value !== null && typeof value === "object" && !Array.isArray(value);
  const words = name => name.replaceAll("_", " ").replaceAll("-", " ");
  const number = value => (Math.abs(value) >= 99.95 ? Math.round(value).toLocaleString("en-US") : String(+value.toPrecision(3)));

  // A figure's unit in sight: nanoseconds become the largest unit of which it has one.
  function unitOf({ value, unit }) {
    if (unit === "/s") return [1, unit];
    return [[1e9, "s"], [1e6, "ms"], [1e3, "us"]].find(([size]) => Math.abs(value) >= 0.9995 * size) ?? [1, "ns"];
  }

  function said(figure) {
    if (!figure) return missing;
    if (figure.void) return "void";
    const [size, unit] = unitOf(figure), cell = element("td", `${number(figure.value / size)} ${unit}`);
    const ends = [figure.low, figure.high].filter(end => end != null).map(end => number(end / size));
    if (ends.length === 2) cell.append(element("small", ends.join(" to ")));
    return cell;
  }

  // What stands in a record, by name: "machine: cores" -> "2". Names of queues differ always.
  function facts(record) {
    const found = new Map();
    const put = (name, value) => {
      if (isObject(value)) for (const key of Object.keys(value)) put(`${name}${name.endsWith(":") ? "" : ","} ${words(key)}`, value[key]);
      else found.set(plain(name), plain(Array.isArray(value) ? value.join(", ") : JSON.stringify(value ?? null)).replace(/brokerbench-[0-9a-f]{6,}/g, "brokerbench-*").replace(/^"(.*)"$/, "$1"));
    };
    for (const name of ["budget_s", "seed", "margin", "metrics"]) put(`run: ${words(name)}`, record[name]);
    put("workload:", record.workload);
    put("machine:", record.environment);
    for (const one of record.subjects) {
      const { label, server, python, versions, settings, tier } = one;
      put(`${label}:`, { tier, python, server: server && { ...server, settings: undefined }, versions, settings, "server's settings": server?.settings });
    }
    for (const name of ["workload: args", "workload: kwargs"]) found.delete(name);
    return found;
  }

  function figures(record) {
    const found = new Map();
    const put = (one, what, estimate, unit, more = {}) => {
      if (estimate == null && !more.void) return;
      const at = Object.entries(one.at ?? {}).map(([name, value]) => `${words(name)} ${value}`);
      const numbers = typeof estimate === "number" ? { value: estimate } : { ...estimate };
      found.set(plain([one.subject, what, ...at].join(", ")), { ...numbers, unit, ...more });
    };
    for (const row of record.summary ?? []) {
      const layer = row.layer && row.layer !== "celery" ? ` (${row.layer})` : "", rate = here[0].units[row.metric] === "1/s";
      const compared = rate ? row.per_second : row.mean_ns ?? row.median_ns;
      put(row, words(row.metric) + layer, compared, rate ? "/s" : "ns", { void: Boolean(row.void) });
      if (row.p99_ns) put(row, `${words(row.metric)}${layer}, p99`, row.p99_ns, "ns", { void: Boolean(row.void) });
    }
    for (const one of record.capacities ?? []) put(one, "capacity", one.rate_per_s, "/s");
    for (const one of record.costs ?? []) {
      for (const name of ["producer", "worker", "server"]) put(one, `CPU time of the ${name}`, one[`${name}_cpu_ns`], "ns");
    }
    return found;
  }

  function element(tag, text, className = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function table(heads, rows, className) {
    const wide = element("div", "", "wide"), made = wide.appendChild(element("table", "", className));
    const head = made.createTHead().insertRow(), body = made.createTBody();
    heads.forEach((text, place) => {
      const cell = head.appendChild(element("th", text, place ? "" : "name"));
      cell.scope = "col";
    });
    for (const [name, ...texts] of rows) {
      const row = body.insertRow();
      row.appendChild(element("th", name)).scope = "row";
      texts.forEach(text => row.append(text instanceof Node ? text : element("td", text)));
    }
    return wide;
  }

  // A ratio, in bold if the intervals do not overlap: two runs are not paired, so it is no verdict.
  function ratio(one, other) {
    if (!one || !other || one.void || other.void || !one.value) return missing;
    const apart = one.high != null && other.high != null && (one.high < other.low || other.high < one.low);
    const times = other.value / one.value;
    return element("td", `${times >= 0.1 && times < 10 ? times.toFixed(2) : number(times)}x`, apart ? "apart" : "");
  }

  const keys = (one, other) => [...new Set([...one.keys(), ...other.keys()])];

  function differences(first, firstName, second, secondName) {
    const [f, g] = [facts(first), facts(second)], [p, q] = [figures(first), figures(second)];
    const differ = keys(f, g).filter(name => f.get(name) !== g.get(name));
    const made = element("div", "");
    made.append(element("h3", `${firstName} and ${secondName}`.replace(/^./, first => first.toUpperCase())));
    made.append(element("p", differ.length ? "What differs in the machine, the versions, the settings and the workload:" : "Nothing differs in the machine, the versions, the settings and the workload."));
    if (differ.length) made.append(table(["", firstName, secondName], differ.map(name => [name, f.get(name) ?? missing, g.get(name) ?? missing]), "facts"));
    made.append(element("p", "The figures of both, with their 95 % intervals. A ratio is in bold if the intervals do not overlap. Two runs are not paired, so the machine's drift between them is in each ratio: brokerbench gate judges them."));
    made.append(table(["", firstName, secondName, "ratio"], keys(p, q).map(name => [name, said(p.get(name)), said(q.get(name)), ratio(p.get(name), q.get(name))]), "numbers"));
    return made;
  }

  // Return the record in a text. Throws a sentence that says why there is none.
  function recordIn(text) {
    const remedy = "choose the result.json that brokerbench compare wrote";
    let record;
    try {
      record = JSON.parse(text);
    } catch {
      throw `is not a complete JSON document: ${remedy}.`;
    }
    if (!isObject(record) || record.kind !== "compare" || !Array.isArray(record.subjects) || !Array.isArray(record.summary)) throw `is not a result of a comparison: ${remedy}.`;
    if (record.version !== here[0].version) throw `has version ${plain(record.version)}, and this page is of version ${here[0].version}: make a page of it with the brokerbench that wrote it.`;
    return record;
  }

  async function read(files) {
    if (!files.length) return;
    const name = plain(files[0].name);
    try {
      if (files.length > 1) throw "is not alone: one file at a time.";
      if (files[0].size > most) throw "is larger than 32 MiB: no result is.";
      const record = recordIn(await files[0].text());
      let made;
      try {
        made = differences(here[0], "this page", record, name);
      } catch {
        throw "has an unknown form: choose the result.json that brokerbench compare wrote.";
      }
      out.replaceChildren(made);
    } catch (reason) {
      out.replaceChildren(element("p", `${name} ${typeof reason === "string" ? reason : "cannot be read."}`, "warning"));
    }
    section.scrollIntoView({ block: "start" });
  }

  section.hidden = false;
  const input = section.querySelector("input");
  input.addEventListener("change", () => read(input.files).then(() => { input.value = ""; }));
  const holdsFiles = event => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", event => event.relatedTarget || document.body.classList.remove("over"));
  addEventListener("drop", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("over");
    read(event.dataTransfer.files);
  });

  for (let place = 1; place < here.length; place += 1) {
    out.append(differences(here[0], "result 1", here[place], `result ${place + 1}`));
  }
})();
