// A worker in a hidden frame. Browsers start no worker from disk, and the search of the site is one.
window.IFrameWorker = class extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    this.loaded = new Promise((done) => this.frame.addEventListener("load", done));
    window.addEventListener("message", (event) => {
      if (event.source === this.frame.contentWindow) {
        this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      }
    });
    // What a worker has and a page has not: scripts on demand, and messages to the page.
    this.frame.srcdoc = `<!DOCTYPE html><script>
      window.postMessage = (data) => parent.postMessage(data, "*");
      window.importScripts = (...urls) => urls.reduce((before, url) => before.then(() =>
        new Promise((done, failed) => {
          const script = document.createElement("script");
          script.onload = done;
          script.onerror = failed;
          script.src = url;
          document.body.append(script);
        })), Promise.resolve());
    </script><body><script src="${url}"></script></body>`;
    document.documentElement.append(this.frame);
  }

  postMessage(data) {
    this.loaded.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
  }

  terminate() {
    this.frame.remove();
  }
};
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker;
}
