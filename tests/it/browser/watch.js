// Runs in every document before anything of the page does, and keeps what must not happen.
(() => {
  const seen = { hits: [], reports: [] };
  Object.defineProperty(window, "__seen", { value: seen });
  for (const name of ["alert", "confirm", "prompt"]) {
    window[name] = (text) => void seen.hits.push(`${name}(${text})`);
  }
  addEventListener("securitypolicyviolation", (event) => {
    const { violatedDirective, blockedURI, sourceFile, lineNumber, sample } = event;
    seen.reports.push(`${violatedDirective}: ${blockedURI} ${sourceFile}:${lineNumber} ${sample}`);
  });
})();
