"""What a person uses a page with: a mouse or the keys, counted."""


class Mouse:
    """Fills and clicks what a page names."""

    def __init__(self, page):
        self.page = page
        self.inputs = 0
        """Fields that were filled and things that were pressed."""

    def fill(self, label, text):
        self.inputs += 1
        self.field(label).fill(text)

    def choose(self, label, option):
        self.inputs += 1
        self.field(label).select_option(label=option)

    def press(self, name):
        self.inputs += 1
        self.pressable(name).click()

    def field(self, label):
        return self.page.locator("main").get_by_label(label, exact=True)

    def pressable(self, name):
        main = self.page.locator("main")
        return main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True)).first


class Keys(Mouse):
    """The same by the keyboard alone: the Tab key leads to everything."""

    def fill(self, label, text):
        self.inputs += 1
        self.go(self.field(label))
        self.page.keyboard.type(text)

    def choose(self, label, option):
        self.inputs += 1
        self.go(self.field(label))
        self.page.keyboard.type(option)

    def press(self, name):
        self.inputs += 1
        self.go(self.pressable(name))
        self.page.keyboard.press("Enter")

    def go(self, where):
        where.wait_for()
        for _ in range(120):
            if where.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {where}")
