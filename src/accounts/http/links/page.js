
"use strict";
(() => {
  const PATHS = {
    "registration": "/v1/registrations/confirmations",
    "password-reset": "/v1/password-resets/confirmations",
    "email-change": "/v1/me/email-changes/confirmations",
    "data-request": "/v1/data-requests/confirmations",
  };
  const html = document.documentElement;
  const purpose = html.dataset.purpose;
  const at = (id) => document.getElementById(id);
  const token = location.hash.slice(1).trim();

  const speak = (language) => {
    html.lang = language;
    const heading = document.querySelector("section." + purpose + " h1 span[lang=" + language + "]");
    document.title = heading.textContent + " – ocop-market";
  };
  const complain = (text) => {
    at("wrong").textContent = text;
    at("wrong").hidden = !text;
  };
  const unreachable = () =>
    html.lang === "en" ? "The service does not answer. Please try again." : "Máy chủ không trả lời. Hãy thử lại.";

  const post = (path, body, more) => fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": html.lang, ...more },
    body: JSON.stringify(body),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });

  // With an account: signs in, accepts, signs out. Without: registers, which accepts.
  const accept = async () => {
    const who = { email: at("email").value, password: at("password").value };
    if (at("new").checked) {
      return post("/v1/registrations", {
        ...who, language: html.lang, terms_version: html.dataset.terms, invitation: token,
      });
    }
    const session = await post("/v1/sessions", who);
    if (!session.ok) return session;
    const bearer = { Authorization: "Bearer " + (await session.json()).access_token };
    const accepted = await post("/v1/invitations/acceptances", { token }, bearer);
    await fetch("/v1/sessions/current", { method: "DELETE", headers: bearer });
    return accepted;
  };

  const send = async () => {
    complain("");
    at("go").disabled = true;
    const body = { token };
    if (purpose === "registration") body.password = at("password").value;
    if (purpose === "password-reset") body.new_password = at("password").value;
    try {
      const response = purpose === "invitation" ? await accept() : await post(PATHS[purpose], body);
      if (response.ok) {
        at("ask").hidden = true;
        at("done").hidden = false;
        history.replaceState(null, "", location.pathname);
        return;
      }
      const problem = await response.json();
      const faults = (problem.errors || []).map((fault) => fault.detail);
      complain(faults.join(" ") || problem.detail || problem.title);
      at("ask").hidden = response.status === 410;
    } catch (error) {
      complain(unreachable());
    } finally {
      at("go").disabled = false;
    }
  };

  speak(html.lang);
  at("vi").addEventListener("click", () => speak("vi"));
  at("en").addEventListener("click", () => speak("en"));
  at("show").addEventListener("change", () => { at("password").type = at("show").checked ? "text" : "password"; });
  at("password").required = ["registration", "password-reset", "invitation"].includes(purpose);
  if (purpose === "registration") at("password").autocomplete = "current-password";
  at("email").required = purpose === "invitation";
  at("ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  at("incomplete").hidden = token !== "";
  at("ask").hidden = token === "";
  // Opened with another link: begin anew.
  addEventListener("hashchange", () => { if (location.hash) location.reload(); });
})();
