"""Flower's pages as somebody at the screen uses them, in a headless Chromium."""
import urllib.parse

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from programs import LOGS, Failure, wait_for

# The texts of a table's rows, also in tabs that are not shown.
CELLS = """
return [...document.querySelectorAll(arguments[0])].map(
    row => [...row.cells].map(cell => cell.textContent.trim()))
"""


class Pages:
    def __init__(self, address):
        self.address = address
        self.shots = 0
        self.problems = []
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            # Root has no sandbox, and containers little shared memory.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--window-size=1280,1200",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService("/usr/bin/chromedriver", log_output=str(LOGS / "chromedriver.log"))
        self.driver = webdriver.Chrome(options, service)
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(30)

    def close(self):
        self.driver.quit()

    # Looking

    def open(self, path):
        self.collect_problems()
        self.driver.get(self.address + path)

    def collect_problems(self):
        """All errors and warnings that the browser's console has had."""
        for entry in self.driver.get_log("browser"):
            if entry["level"] in ("SEVERE", "WARNING"):
                self.problems.append(f"{entry['level']} {entry['source']}: {entry['message']}")
        return self.problems

    def screenshot(self, name):
        self.shots += 1
        self.driver.save_screenshot(str(LOGS / f"{self.shots:02}-{name}.png"))

    def rows(self, selector):
        """The cells' texts of each row."""
        return self.driver.execute_script(CELLS, selector)

    def pairs(self, selector):
        """A table of two columns."""
        return {row[0]: row[1] for row in self.rows(selector)}

    # Doing

    def click(self, selector):
        self.press(wait_for(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), f"{selector} on the page")[0])

    def click_id(self, id):
        """By the attribute itself: Flower's have dots, brackets and spaces."""
        self.press(wait_for(lambda: self.driver.find_elements(By.XPATH, f'//*[@id="{id}"]'), f"{id} on the page")[0])

    def press(self, element):
        wait_for(lambda: element.is_displayed() and element.is_enabled(), "an element that can be clicked")
        # Where Flower's bar at the top does not cover it.
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def enter(self, element, text):
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(Keys.DELETE)
        element.send_keys(text)

    def alert(self, wanted="success"):
        """The text of the alert that the last click brings, which is then closed."""
        box = wait_for(lambda: self.driver.find_elements(By.CSS_SELECTOR, "#alert-container .alert"), "an alert", 30)[0]
        text = box.text.strip()
        if f"alert-{wanted}" not in box.get_attribute("class"):
            raise Failure(f"Flower says: {text}")
        return text

    def close_alert(self):
        self.click("#alert-container .alert .btn-close")
        wait_for(lambda: not self.driver.find_elements(By.CSS_SELECTOR, "#alert-container .alert"), "the alert's end")

    # Pages

    def open_worker(self, node):
        """The page of a worker, with what the worker says now."""
        path = "/worker/" + urllib.parse.quote(node)
        self.open(path)
        self.click("#worker-group")
        self.click("#worker-refresh")
        self.alert()
        self.driver.refresh()

    def show_tab(self, name):
        self.click(f'a[href="#tab-{name}"]')
        wait_for(
            lambda: self.driver.find_elements(By.CSS_SELECTOR, f"#tab-{name}.active.show"), f"the tab {name}"
        )

    def workers(self):
        """By name, what the list of workers says of each."""
        names = ["status", "active", "processed", "failed", "succeeded", "retried", "load"]
        rows = [row for row in self.rows("#workers-table tbody tr") if len(row) == 8]
        return {row[0]: dict(zip(names, row[1:])) for row in rows}

    def search_tasks(self, text, found, what, within=20):
        """Types into the field of the tasks' page, and returns the rows once `found` likes them."""
        field = wait_for(
            lambda: self.driver.find_elements(By.CSS_SELECTOR, "#tasks-table_filter input"), "the search field"
        )[0]
        self.enter(field, text)
        wait_for(
            lambda: found(self.tasks()), lambda: f"{what} by searching {text!r}; the page has {self.tasks()}", within
        )
        return self.tasks()

    def tasks(self):
        names = ["name", "uuid", "state", "args", "kwargs", "result", "received", "started", "runtime", "worker"]
        rows = [row for row in self.rows("#tasks-table tbody tr") if len(row) == len(names)]
        return [dict(zip(names, row)) for row in rows]

    def open_task(self, id, state, within=30):
        """The page of a task, through the list of tasks, once the task is in the state. Returns the page's rows."""

        # The list is made when it is opened.
        def is_listed():
            self.open("/tasks")
            try:
                self.search_tasks(id, lambda rows: [row["state"] for row in rows] == [state], "the task", within=3)
            except Failure:
                return False
            return True

        wait_for(is_listed, lambda: f"state {state} of task {id}; the list has {self.tasks()}", within)
        self.click("#tasks-table tbody a[href*='/task/']")
        page = wait_for(lambda: self.pairs("#task-page tbody tr"), "the task's page")
        if (page["UUID"], page["State"]) != (id, state):
            raise Failure(f"the page of {id} says {page}")
        return page

    def limits_row(self, task):
        """The row of a task type in the tab of limits."""
        for row in self.driver.find_elements(By.CSS_SELECTOR, "#limits-table tr"):
            if row.find_element(By.CSS_SELECTOR, "td").text.split(" ")[0] == task:
                return row
        raise Failure(f"{task} is not among the limits")
