extension String {
    /// A host as it stands in a URL or before a port: an IPv6 address in brackets.
    package var asURLHost: String { self.contains(":") ? "[\(self)]" : self }
}
