
"use strict";
(() => {
  const STATES = {
    claimed: ["chủ thể nộp, cán bộ chưa kiểm tra", "handed in by the producer, not checked yet"],
    checked: ["cán bộ OCOP của tỉnh đã kiểm tra", "checked by an OCOP officer of the province"],
    refused: ["bị từ chối", "refused"],
  };
  const html = document.documentElement;
  const at = (id) => document.getElementById(id);
  const token = location.hash.slice(1).trim();
  let paper = null;

  const english = () => html.lang === "en";
  const word = (pair) => pair ? pair[english() ? 1 : 0] : "";
  const day = (text) => text ? new Date(text).toLocaleDateString(english() ? "en-GB" : "vi-VN") : "–";
  const complain = (text) => {
    at("wrong").textContent = text;
    at("wrong").hidden = !text;
  };
  const post = (path) => fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": html.lang },
    body: JSON.stringify({ token }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const refused = async (response) => {
    const problem = await response.json();
    complain(problem.detail || problem.title);
  };
  const unreachable = () =>
    english() ? "The service does not answer. Please try again." : "Máy chủ không trả lời. Hãy thử lại.";

  const show = () => {
    at("producer").textContent = paper.producer_name;
    at("product").textContent = paper.product_name;
    at("kind").textContent = word([paper.name.vi, paper.name.en]);
    at("number").textContent = paper.number;
    at("issuer").textContent = paper.issuer;
    at("until").textContent = day(paper.valid_until);
    at("state").textContent = word(STATES[paper.state]);
    at("hash").textContent = paper.file ? paper.file.sha256 : "–";
    at("paper").hidden = false;
  };
  const speak = (language) => {
    html.lang = language;
    document.title = document.querySelector("h1 span[lang=" + language + "]").textContent + " – ocop-market";
    if (paper) show();
  };
  const look = async () => {
    try {
      const response = await post("/v1/shared-documents/previews");
      if (!response.ok) return void await refused(response);
      paper = await response.json();
      show();
    } catch (error) {
      complain(unreachable());
    }
  };
  const open = async () => {
    complain("");
    at("go").disabled = true;
    try {
      const response = await post("/v1/shared-documents/openings");
      if (!response.ok) return void await refused(response);
      const link = document.createElement("a");
      const address = URL.createObjectURL(await response.blob());
      Object.assign(link, { href: address, download: paper.file.name });
      link.click();
      URL.revokeObjectURL(address);
      at("done").hidden = false;
    } catch (error) {
      complain(unreachable());
    } finally {
      at("go").disabled = false;
    }
  };

  speak(html.lang);
  at("vi").addEventListener("click", () => speak("vi"));
  at("en").addEventListener("click", () => speak("en"));
  at("go").addEventListener("click", open);
  at("incomplete").hidden = token !== "";
  if (token) look();
  // Opened with another link: begin anew.
  addEventListener("hashchange", () => { if (location.hash) location.reload(); });
})();
