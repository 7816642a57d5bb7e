import Support
import Testing

@testable import Base

@Suite struct JSONNestingTests {
    @Test func remembersWhatIsOpenAtEveryDepth() {
        var nesting = JSONNesting()
        var random = SplitMix(seed: 61)
        var expected: [Bool] = []
        while expected.count < JSONNesting.maximumDepth {
            expected.append(Bool.random(using: &random))
            let isAccepted = nesting.push(isObject: expected.last!)
            #expect(isAccepted)
        }
        let isAccepted = nesting.push(isObject: true)
        #expect(!isAccepted)
        while let isObject = expected.popLast() {
            #expect(nesting.isObject == isObject)
            #expect(nesting.depth == expected.count + 1)
            nesting.pop()
        }
        #expect(nesting.depth == 0)
    }

    @Test func aLevelThatIsUsedAgainForgetsWhatItWas() {
        var nesting = JSONNesting()
        for isObject in [true, false] {
            for kind in [isObject, true] {
                let isAccepted = nesting.push(isObject: kind)
                #expect(isAccepted)
            }
            nesting.pop()
            #expect(nesting.isObject == isObject)
            nesting.pop()
        }
    }
}
