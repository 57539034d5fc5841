
"use strict";
(() => {
  const STAGES = {
    enquiry: ["mới gửi yêu cầu", "asked"],
    quoted: ["đã báo giá", "quoted"],
    sample_sent: ["đã gửi mẫu", "sample sent"],
    negotiating: ["đang thương lượng", "under negotiation"],
    mou_signed: ["đã ký biên bản ghi nhớ", "memorandum signed"],
    contract_signed: ["đã ký hợp đồng", "contract signed"],
    first_order: ["đã có đơn hàng đầu tiên", "first order placed"],
    repeat: ["đã đặt hàng lại", "ordered again"],
    declined: ["chủ thể từ chối", "declined by the producer"],
    lost: ["không thành", "came to nothing"],
    closed: ["đã kết thúc", "closed"],
  };
  const ACTS = {
    message: ["nhắn tin", "write a message"],
    quote: ["báo giá", "quote prices"],
    decline: ["từ chối", "decline"],
    consent: ["cho chủ thể biết thông tin liên hệ", "let the producer have your contact"],
    withhold: ["không cho chủ thể biết thông tin liên hệ", "not let the producer have your contact"],
    stop_letters: ["ngừng nhận thư", "stop the letters"],
  };
  const REASONS = {
    price: ["Giá", "Price"],
    quantity: ["Số lượng quá nhiều hoặc quá ít", "Too much or too little"],
    quality: ["Hàng hoặc bao bì không phù hợp", "Goods or packaging do not suit"],
    documents: ["Thiếu giấy tờ", "Papers are missing"],
    delivery: ["Giao hàng", "Delivery"],
    payment: ["Thanh toán", "Payment"],
    season: ["Trái vụ", "Out of season"],
    no_answer: ["Bên mua không trả lời", "The buyer does not answer"],
    other: ["Khác", "Something else"],
  };
  const UNITS = {units};
  const PARTS = { message: "message-part", quote: "quote-part", decline: "decline-part", consent: "consent-part", stop_letters: "stop-part" };
  const html = document.documentElement;
  const at = (id) => document.getElementById(id);
  const token = location.hash.slice(1).trim();
  let lead = null;

  const word = (pair) => pair ? pair[html.lang === "en" ? 1 : 0] : "";
  const day = (text) => new Date(text).toLocaleDateString(html.lang === "en" ? "en-GB" : "vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
  const made = (name, text) => {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  };

  const complain = (text) => {
    at("wrong").textContent = text;
    at("wrong").hidden = !text;
  };
  const post = (path, body) => fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": html.lang },
    body: JSON.stringify(body),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const refused = async (response) => {
    const problem = await response.json();
    const faults = (problem.errors || []).map((fault) => fault.detail);
    complain(faults.join(" ") || problem.detail || problem.title);
    return problem;
  };
  const unreachable = () =>
    html.lang === "en" ? "The service does not answer. Please try again." : "Máy chủ không trả lời. Hãy thử lại.";

  // What was chosen stays chosen in the other language.
  const fill = (select, choices) => {
    const chosen = select.value;
    select.replaceChildren(...choices.map(([value, text]) => {
      const option = made("option", text);
      option.value = value;
      return option;
    }));
    if (chosen) select.value = chosen;
  };

  const show = () => {
    at("who").textContent = lead.company ? lead.company.name : lead.producer.name;
    at("products").replaceChildren(...lead.products.map((one) => made("li", one.name + ": " + one.quantity.toLocaleString(html.lang) + " " + word(UNITS[one.unit]))));
    at("stage").textContent = word(STAGES[lead.stage]);
    at("due").textContent = day(lead.respond_by);
    at("message").textContent = lead.message || "";
    at("version").textContent = lead.consent_text_version;
    const sides = { buyer: ["Bên mua", "The buyer"], producer: ["Chủ thể", "The producer"] };
    const said = lead.events.filter((event) => event.note && sides[event.side]);
    at("talk").replaceChildren(...said.flatMap((event) =>
      [made("p", word(sides[event.side]) + ", " + day(event.occurred_at) + ":"), made("blockquote", event.note)]));
    fill(at("what"), lead.possible_answers.map((act) => [act, word(ACTS[act])]));
    fill(at("reason"), [["", "–"], ...Object.keys(REASONS).map((reason) => [reason, word(REASONS[reason])])]);
    const labels = at("prices").querySelectorAll("label");
    lead.products.forEach((one, index) => {
      const text = one.name + (html.lang === "en" ? ": đồng for one " : ": đồng một ") + word(UNITS[one.unit]);
      if (labels[index]) { labels[index].textContent = text; return; }
      const label = made("label", text);
      label.htmlFor = "price-" + index;
      const input = document.createElement("input");
      Object.assign(input, { id: "price-" + index, type: "number", min: "1", step: "1" });
      at("prices").append(label, input);
    });
    at("lead").hidden = false;
    at("nothing").hidden = lead.possible_answers.length > 0;
    choose();
  };
  const choose = () => {
    for (const [act, part] of Object.entries(PARTS)) at(part).hidden = at("what").value !== act;
  };
  const speak = (language) => {
    html.lang = language;
    const heading = document.querySelector("section." + html.dataset.purpose + " h1 span[lang=" + language + "]");
    document.title = heading.textContent + " – ocop-market";
    if (lead) show();
  };

  const look = async () => {
    try {
      const response = await post("/v1/lead-answers/previews", { token });
      if (!response.ok) return void await refused(response);
      lead = await response.json();
      show();
      at("ask").hidden = lead.possible_answers.length === 0;
    } catch (error) {
      complain(unreachable());
    }
  };

  const answer = () => {
    const type = at("what").value;
    if (type === "message") return { type, note: at("text").value };
    if (type === "decline") {
      const body = { type };
      if (at("reason").value) body.reason = at("reason").value;
      if (at("because").value.trim()) body.note = at("because").value;
      return body;
    }
    if (type === "stop_letters") return { type, everywhere: at("everywhere").checked };
    if (type === "consent") return { type, text_version: lead.consent_text_version, accepted: at("agree").checked };
    if (type !== "quote") return { type };
    const lines = lead.products.flatMap((one, index) => {
      const price = at("price-" + index).valueAsNumber;
      return Number.isNaN(price) ? [] : [{ product_id: one.product_id, unit: one.unit, tiers: [{ from_quantity: 1, price }] }];
    });
    const body = { type, lines, valid_until: at("until").value, vat_included: at("vat").checked };
    if (!Number.isNaN(at("days").valueAsNumber)) body.lead_days = at("days").valueAsNumber;
    if (at("terms").value.trim()) body.terms = at("terms").value;
    return body;
  };
  const send = async () => {
    complain("");
    at("go").disabled = true;
    try {
      const response = await post("/v1/lead-answers", { token, answer: answer() });
      if (response.ok) {
        at("ask").hidden = true;
        at("done").hidden = false;
        const receipt = await response.json();
        at("stage").textContent = word(STAGES[receipt.stage]);
        history.replaceState(null, "", location.pathname);
        return;
      }
      await refused(response);
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
  at("what").addEventListener("change", choose);
  at("ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  at("incomplete").hidden = token !== "";
  if (token) look();
  // Opened with another link: begin anew.
  addEventListener("hashchange", () => { if (location.hash) location.reload(); });
})();
