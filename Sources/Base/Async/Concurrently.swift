/// Calls `body` for every element, for `limit` of them at once: where one call ends, the next begins.
///
/// - Returns: the results, in the order in which the calls ended.
/// - Throws: the first error. The calls under way are cancelled and awaited; the rest is not begun.
package func concurrently<Element: Sendable, Value: Sendable, Failure: Error>(
    _ elements: [Element],
    limit: Int,
    _ body: @escaping @Sendable (Element) async throws(Failure) -> Value
) async throws(Failure) -> [Value] {
    let result = await withTaskGroup(of: Result<Value, Failure>.self) { group -> Result<[Value], Failure> in
        var rest = elements[...]
        var values: [Value] = []
        func begin() {
            guard let next = rest.popFirst() else { return }
            group.addTask {
                do throws(Failure) {
                    return .success(try await body(next))
                } catch {
                    return .failure(error)
                }
            }
        }
        for _ in 0..<min(limit, elements.count) { begin() }
        while let result = await group.next() {
            switch result {
            case .success(let value): values.append(value)
            case .failure(let failure):
                group.cancelAll()
                return .failure(failure)
            }
            begin()
        }
        return .success(values)
    }
    return try result.get()
}
