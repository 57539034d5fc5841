"""A browser without a window, told what to do by the DevTools protocol over a pipe. Needs nothing but Python and Chromium."""

import base64, json, os, subprocess, sys, time


class Browser:
    def __init__(self, chromium, profile, language="vi"):
        self.profile, self.number = profile, 0
        to_child, to_us = os.pipe(), os.pipe()
        arguments = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                     f"--accept-lang={language}", f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(
            # Ours are moved out of the way first: the browser's are 3 and 4, which may be among them.
            ["bash", "-c", f'exec 98<&{to_child[0]} 99>&{to_us[1]}; exec 3<&98 4>&99 98<&- 99>&-; exec "$@"', "browser", *arguments],
            pass_fds=[to_child[0], to_us[1]], stdout=subprocess.DEVNULL, stderr=open(profile + ".log", "wb"))
        os.close(to_child[0]), os.close(to_us[1])
        self.out, self.reader = to_child[1], os.fdopen(to_us[0], "rb")
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def ask(self, method, **params):
        """A command of the protocol, and its answer; messages end with NUL."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params} | ({"sessionId": self.session} if self.session else {})
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = bytearray()
            while (byte := self.reader.read(1)) not in (b"\0", b""):
                answer += byte
            if not answer:
                sys.exit("the browser has gone: " + open(self.profile + ".log").read()[-500:])
            answer = json.loads(answer)
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]

    def run(self, script):
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return None if "exceptionDetails" in result else result["result"].get("value")

    def wait(self, script):
        for _ in range(200):
            if self.run(script):
                return
            time.sleep(0.05)
        sys.exit(f"it never came that {script}: " + str(self.run("document.body && document.body.innerText")))

    def open(self, address, ready="true"):
        self.ask("Page.navigate", url=address)
        self.wait(f"document.readyState === 'complete' && location.href !== 'about:blank' && ({ready})")

    def look_like(self, width, height, dark=False):
        """The size and the colours of somebody's screen."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def too_wide(self):
        """What sticks out of the window on the right, if anything does."""
        return self.run("""[...document.querySelectorAll('body *')].filter((one) => one.getClientRects().length
            && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map((one) => one.tagName + '#' + one.id + ': ' + one.textContent.slice(0, 40)).join('; ')""")

    def photograph(self, path):
        taken = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(taken["data"]))

    def print(self, path):
        """As paper, of the size that the page asks for."""
        printed = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        with open(path, "wb") as out:
            out.write(base64.b64decode(printed["data"]))
