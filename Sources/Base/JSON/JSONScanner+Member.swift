extension JSONScanner {
    /// Reads the member `name` of the object at the cursor, and goes on to the object's end.
    ///
    /// Of a name that comes twice the last one counts, as it does at the controller and everywhere else.
    /// - Parameter read: gets the cursor on a value, which it must read or skip.
    /// - Returns: `nil` when there is no such member, or the value is no object.
    package mutating func readMember<R>(
        _ name: StaticString,
        _ read: (inout JSONScanner) throws(JSONError) -> R?
    ) throws(JSONError) -> R? {
        guard try self.beginObject() else { return nil }
        var result: R?
        while let key = try self.nextKey() {
            if key.isEqual(to: name) {
                result = try read(&self)
            } else {
                _ = try self.skipValue()
            }
        }
        return result
    }
}
