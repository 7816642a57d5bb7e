/// A queue whose ends both cost next to nothing: for things that leave in the order in which they came.
struct FirstInFirstOut<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { self.elements.count - self.head }

    var isEmpty: Bool { self.count == 0 }

    /// - Parameter index: 0 for the one that leaves next.
    subscript(index: Int) -> Element { self.elements[self.head + index]! }

    var first: Element? { self.isEmpty ? nil : self.elements[self.head] }

    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard !self.isEmpty else { return nil }
        let element = self.elements[self.head].take()
        self.head += 1
        // Closing the gap only when it is half of the array keeps the cost per element constant.
        if self.head * 2 >= self.elements.count {
            self.elements.removeFirst(self.head)
            self.head = 0
        }
        return element
    }

    mutating func removeAll(where shouldBeRemoved: (Element) -> Bool) {
        self.elements = self.elements[self.head...].filter { !shouldBeRemoved($0!) }
        self.head = 0
    }
}

extension FirstInFirstOut: Sendable where Element: Sendable {}
