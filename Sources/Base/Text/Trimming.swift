extension StringProtocol {
    /// Without white space at either end, in the Unicode sense: a file may end with CRLF or a no-break space.
    package var trimmingSpace: SubSequence {
        self.trimming(\.properties.isWhitespace)
    }

    /// Without the spaces and tabs at either end, which is the optional white space of HTTP and of our lists.
    package var trimmingBlanks: SubSequence {
        self.trimming { $0 == " " || $0 == "\t" }
    }

    private func trimming(_ isSpace: (Unicode.Scalar) -> Bool) -> SubSequence {
        let scalars = self.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return self[self.endIndex...] }
        return self[first..<scalars.index(after: last)]
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Without the spaces and tabs at either end.
    @inlinable package var trimmingBlanks: Self {
        var result = self
        while let first = result.first, first.isBlank { result = result.dropFirst() }
        while let last = result.last, last.isBlank { result = result.dropLast() }
        return result
    }
}
