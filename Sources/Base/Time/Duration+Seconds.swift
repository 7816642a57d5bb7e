extension Duration {
    /// As JSON and logs write it: to the millisecond.
    package var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1000
    }
}
