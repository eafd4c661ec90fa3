;; source sha256 69d1de78a63b6c5fd537c02ef24d553c97d08adb2a282b8ff4b5f5a624596d38
(module
  (type (;0;) (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type (;1;) (func))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32 i32 i32)))
  (type (;4;) (func (param i32 i32 i32)))
  (type (;5;) (func (param i32 i32) (result i32)))
  (type (;6;) (func (param i32)))
  (type (;7;) (func (param i32 i32 i64)))
  (type (;8;) (func (param i32 i64)))
  (type (;9;) (func (param i32) (result i64)))
  (import "env" "invoke_system_call" (func (;0;) (type 0)))
  (func (;1;) (type 1)
    (local i32 i64)
    global.get 0
    i32.const 160
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 96
    i32.add
    i32.const 0
    call 2
    local.get 0
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    local.get 0
    i32.const 96
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 0
    local.get 0
    i64.load offset=96
    i64.store offset=48
    local.get 0
    i32.const 112
    i32.add
    i32.const 603
    local.get 0
    i32.const 48
    i32.add
    i32.const 8192
    call 3
    local.get 0
    local.get 0
    i64.load offset=112
    i64.store offset=40
    local.get 0
    i32.const 120
    i32.add
    local.get 0
    i32.const 40
    i32.add
    i32.const 1
    call 4
    local.get 0
    local.get 0
    i64.load offset=120
    i64.store offset=32
    local.get 0
    i32.const 88
    i32.add
    local.get 0
    i32.const 32
    i32.add
    i32.const 2
    call 4
    local.get 0
    local.get 0
    i64.load offset=120
    i64.store offset=128
    i64.const 0
    local.set 1
    block  ;; label = @1
      loop  ;; label = @2
        local.get 0
        i32.const 128
        i32.add
        local.get 0
        i32.const 136
        i32.add
        call 5
        i32.eqz
        br_if 1 (;@1;)
        local.get 0
        i64.load offset=144
        local.get 1
        local.get 0
        i32.load offset=136
        i32.const 1
        i32.eq
        select
        local.set 1
        br 0 (;@2;)
      end
    end
    block  ;; label = @1
      local.get 1
      i32.wrap_i64
      i32.const 2018486792
      i32.eq
      br_if 0 (;@1;)
      local.get 0
      i32.const 19
      i32.store offset=84
      local.get 0
      i32.const 8206
      i32.store offset=80
      local.get 0
      local.get 0
      i64.load offset=80
      i64.store offset=24
      local.get 0
      i32.const 24
      i32.add
      call 6
      unreachable
    end
    local.get 0
    local.get 0
    i64.load offset=88
    i64.store offset=16
    local.get 0
    i32.const 64
    i32.add
    local.get 0
    i32.const 16
    i32.add
    i32.const 1
    call 4
    local.get 0
    local.get 0
    i64.load offset=64
    i64.store offset=8
    local.get 0
    i32.const 72
    i32.add
    local.get 0
    i32.const 8
    i32.add
    call 7
    local.get 0
    local.get 0
    i64.load offset=72
    i64.store
    local.get 0
    call 8
    unreachable)
  (func (;2;) (type 2) (param i32 i32)
    (local i32 i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      i32.const 98304
      i32.const 0
      i32.load offset=24784
      local.tee 3
      i32.sub
      local.get 1
      i32.ge_u
      br_if 0 (;@1;)
      local.get 2
      i32.const 13
      i32.store offset=12
      local.get 2
      i32.const 8192
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      local.get 2
      call 6
      unreachable
    end
    local.get 0
    local.get 1
    i32.store offset=8
    local.get 0
    i32.const 0
    i32.store offset=4
    local.get 0
    local.get 3
    i32.const 24800
    i32.add
    i32.store
    i32.const 0
    local.get 3
    local.get 1
    i32.add
    i32.store offset=24784
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;3;) (type 3) (param i32 i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 16
    i32.add
    local.get 3
    call 2
    local.get 1
    local.get 4
    i32.load offset=16
    local.get 3
    local.get 2
    i32.load
    local.get 2
    i32.load offset=4
    local.get 4
    i32.const 16
    i32.add
    i32.const 4
    i32.or
    call 0
    local.set 2
    local.get 4
    i32.load offset=20
    local.set 3
    local.get 4
    i32.load offset=16
    local.set 1
    block  ;; label = @1
      local.get 2
      i32.eqz
      br_if 0 (;@1;)
      local.get 4
      local.get 3
      i32.store offset=12
      local.get 4
      local.get 1
      i32.store offset=8
      local.get 4
      local.get 4
      i64.load offset=8
      i64.store
      local.get 2
      i32.const 2
      local.get 4
      call 10
      unreachable
    end
    local.get 0
    local.get 3
    i32.store offset=4
    local.get 0
    local.get 1
    i32.store
    local.get 4
    i32.const 32
    i32.add
    global.set 0)
  (func (;4;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 3
    global.set 0
    local.get 0
    i64.const 0
    i64.store align=4
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        local.get 3
        i32.const 8
        i32.add
        call 5
        i32.eqz
        br_if 1 (;@1;)
        local.get 3
        i32.load offset=8
        local.get 2
        i32.ne
        br_if 0 (;@2;)
        local.get 0
        local.get 3
        i64.load offset=24
        i64.store align=4
        br 0 (;@2;)
      end
    end
    local.get 3
    i32.const 32
    i32.add
    global.set 0)
  (func (;5;) (type 5) (param i32 i32) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 0
        i32.load offset=4
        br_if 0 (;@2;)
        i32.const 0
        local.set 0
        br 1 (;@1;)
      end
      local.get 0
      call 15
      local.set 3
      local.get 1
      i64.const 0
      i64.store offset=16
      local.get 1
      i64.const 0
      i64.store offset=8
      local.get 1
      local.get 3
      i64.const 3
      i64.shr_u
      i64.store32
      block  ;; label = @2
        block  ;; label = @3
          block  ;; label = @4
            local.get 3
            i64.const 7
            i64.and
            local.tee 3
            i64.const 5
            i64.gt_u
            br_if 0 (;@4;)
            block  ;; label = @5
              block  ;; label = @6
                block  ;; label = @7
                  local.get 3
                  i32.wrap_i64
                  br_table 4 (;@3;) 0 (;@7;) 1 (;@6;) 3 (;@4;) 3 (;@4;) 2 (;@5;) 4 (;@3;)
                end
                local.get 2
                i32.const 8
                i32.add
                local.get 0
                i64.const 8
                call 16
                br 4 (;@2;)
              end
              local.get 2
              i32.const 8
              i32.add
              local.get 0
              local.get 0
              call 15
              call 16
              local.get 1
              local.get 2
              i64.load offset=8
              i64.store offset=16
              br 3 (;@2;)
            end
            local.get 2
            i32.const 8
            i32.add
            local.get 0
            i64.const 4
            call 16
            br 2 (;@2;)
          end
          call 17
          unreachable
        end
        local.get 1
        local.get 0
        call 15
        i64.store offset=8
      end
      i32.const 1
      local.set 0
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0
    local.get 0)
  (func (;6;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 40
    i32.add
    i32.const 0
    i32.load offset=8304
    i32.store
    local.get 1
    i32.const 0
    i64.load offset=8296 align=4
    i64.store offset=32
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=16
    local.get 1
    i32.const 32
    i32.add
    i32.const 1
    local.get 1
    i32.const 16
    i32.add
    call 9
    local.get 1
    local.get 1
    i64.load offset=32
    local.tee 2
    i64.store offset=24
    local.get 1
    local.get 2
    i64.store offset=8
    i32.const 1
    i32.const 2
    local.get 1
    i32.const 8
    i32.add
    call 10
    unreachable)
  (func (;7;) (type 2) (param i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 88
    i32.add
    i32.const 512
    call 2
    local.get 2
    i32.const 72
    i32.add
    local.get 1
    i32.load offset=4
    i32.const 512
    i32.add
    call 2
    local.get 2
    i32.const 88
    i32.add
    i32.const 1
    i64.const 1
    call 11
    local.get 2
    i32.const 88
    i32.add
    i32.const 3
    i64.const 3
    call 11
    local.get 2
    local.get 2
    i64.load offset=88
    local.tee 3
    i64.store offset=64
    local.get 2
    local.get 3
    i64.store offset=40
    local.get 2
    i32.const 72
    i32.add
    i32.const 1
    local.get 2
    i32.const 40
    i32.add
    call 12
    local.get 2
    local.get 1
    i64.load align=4
    local.tee 3
    i64.store offset=104
    block  ;; label = @1
      local.get 3
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 2
      local.get 2
      i64.load offset=104
      i64.store offset=32
      local.get 2
      i32.const 72
      i32.add
      i32.const 2
      local.get 2
      i32.const 32
      i32.add
      call 12
    end
    local.get 2
    i32.const 16
    i32.add
    i32.const 8
    i32.add
    local.get 2
    i32.const 72
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 2
    local.get 2
    i64.load offset=72
    i64.store offset=16
    local.get 2
    i32.const 48
    i32.add
    i32.const 303
    local.get 2
    i32.const 16
    i32.add
    i32.const 2048
    call 3
    local.get 2
    local.get 2
    i64.load offset=48
    i64.store offset=8
    local.get 2
    i32.const 56
    i32.add
    local.get 2
    i32.const 8
    i32.add
    i32.const 1
    call 4
    local.get 2
    local.get 2
    i64.load offset=56
    i64.store
    local.get 0
    local.get 2
    i32.const 2
    call 4
    local.get 2
    i32.const 112
    i32.add
    global.set 0)
  (func (;8;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 24
    i32.add
    local.get 0
    i32.load offset=4
    i32.const 16
    i32.add
    call 2
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=16
    local.get 1
    i32.const 24
    i32.add
    i32.const 1
    local.get 1
    i32.const 16
    i32.add
    call 9
    local.get 1
    local.get 1
    i64.load offset=24
    local.tee 2
    i64.store offset=8
    local.get 1
    local.get 2
    i64.store offset=40
    i32.const 0
    i32.const 1
    local.get 1
    i32.const 8
    i32.add
    call 10
    unreachable)
  (func (;9;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 3
    global.set 0
    block  ;; label = @1
      local.get 2
      i32.load offset=4
      i32.eqz
      br_if 0 (;@1;)
      local.get 3
      local.get 2
      i64.load align=4
      i64.store offset=8
      local.get 0
      local.get 1
      local.get 3
      i32.const 8
      i32.add
      call 12
    end
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;10;) (type 4) (param i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=8280
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8272 align=4
    i64.store offset=48
    local.get 3
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=8292
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8284 align=4
    i64.store offset=32
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 3
    i32.const 32
    i32.add
    local.get 1
    local.get 3
    i32.const 8
    i32.add
    call 12
    local.get 3
    i32.const 48
    i32.add
    i32.const 1
    local.get 0
    i64.extend_i32_s
    call 11
    local.get 3
    local.get 3
    i64.load offset=32
    local.tee 4
    i64.store offset=16
    local.get 3
    local.get 4
    i64.store
    local.get 3
    i32.const 48
    i32.add
    i32.const 2
    local.get 3
    call 12
    i32.const 602
    i32.const 0
    i32.const 0
    local.get 3
    i32.load offset=48
    local.get 3
    i32.load offset=52
    local.get 3
    i32.const 28
    i32.add
    call 0
    drop
    unreachable
    unreachable)
  (func (;11;) (type 7) (param i32 i32 i64)
    block  ;; label = @1
      local.get 2
      i64.eqz
      br_if 0 (;@1;)
      local.get 0
      local.get 1
      i64.extend_i32_u
      i64.const 3
      i64.shl
      call 13
      local.get 0
      local.get 2
      call 13
    end)
  (func (;12;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 3
    global.set 0
    local.get 0
    local.get 1
    i64.extend_i32_u
    i64.const 3
    i64.shl
    i64.const 2
    i64.or
    call 13
    local.get 0
    local.get 2
    i64.load32_u offset=4
    call 13
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 0
    local.get 3
    i32.const 8
    i32.add
    call 14
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;13;) (type 8) (param i32 i64)
    (local i32 i32 i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    i32.const 0
    local.set 3
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        i32.wrap_i64
        local.set 4
        local.get 1
        i64.const 128
        i64.lt_u
        br_if 1 (;@1;)
        local.get 2
        i32.const 22
        i32.add
        local.get 3
        i32.add
        local.get 4
        i32.const 128
        i32.or
        i32.store8
        local.get 1
        i64.const 7
        i64.shr_u
        local.set 1
        local.get 3
        i32.const 1
        i32.add
        local.set 3
        br 0 (;@2;)
      end
    end
    local.get 2
    i32.const 22
    i32.add
    local.get 3
    i32.add
    local.get 4
    i32.store8
    local.get 2
    local.get 3
    i32.const 1
    i32.add
    i32.store offset=12
    local.get 2
    local.get 2
    i32.const 22
    i32.add
    i32.store offset=8
    local.get 2
    local.get 2
    i64.load offset=8
    i64.store
    local.get 0
    local.get 2
    call 14
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (func (;14;) (type 2) (param i32 i32)
    (local i32 i32 i32 i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i32.load offset=4
        local.tee 3
        local.get 0
        i32.load offset=8
        local.get 0
        i32.load offset=4
        i32.sub
        i32.gt_u
        br_if 0 (;@2;)
        local.get 1
        i32.load
        local.set 1
        loop  ;; label = @3
          local.get 3
          i32.eqz
          br_if 2 (;@1;)
          local.get 1
          i32.load8_u
          local.set 4
          local.get 0
          local.get 0
          i32.load offset=4
          local.tee 5
          i32.const 1
          i32.add
          i32.store offset=4
          local.get 5
          local.get 0
          i32.load
          i32.add
          local.get 4
          i32.store8
          local.get 1
          i32.const 1
          i32.add
          local.set 1
          local.get 3
          i32.const -1
          i32.add
          local.set 3
          br 0 (;@3;)
        end
      end
      local.get 2
      i32.const 22
      i32.store offset=12
      local.get 2
      i32.const 8226
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      local.get 2
      call 6
      unreachable
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;15;) (type 9) (param i32) (result i64)
    (local i64 i64 i32)
    i64.const 0
    local.set 1
    i64.const 0
    local.set 2
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        i64.const 69
        i64.gt_u
        br_if 1 (;@1;)
        local.get 0
        i32.load offset=4
        local.tee 3
        i32.eqz
        br_if 1 (;@1;)
        local.get 0
        local.get 3
        i32.const -1
        i32.add
        i32.store offset=4
        local.get 0
        local.get 0
        i32.load
        local.tee 3
        i32.const 1
        i32.add
        i32.store
        local.get 3
        i32.load8_s
        local.tee 3
        i32.const 127
        i32.and
        i64.extend_i32_u
        local.get 1
        i64.shl
        local.get 2
        i64.or
        local.set 2
        local.get 1
        i64.const 7
        i64.add
        local.set 1
        local.get 3
        i32.const -1
        i32.le_s
        br_if 0 (;@2;)
      end
      local.get 2
      return
    end
    call 17
    unreachable)
  (func (;16;) (type 7) (param i32 i32 i64)
    (local i32 i32 i32)
    block  ;; label = @1
      local.get 1
      i32.load offset=4
      local.tee 3
      i64.extend_i32_u
      local.get 2
      i64.ge_u
      br_if 0 (;@1;)
      call 17
      unreachable
    end
    local.get 0
    local.get 2
    i32.wrap_i64
    local.tee 4
    i32.store offset=4
    local.get 0
    local.get 1
    i32.load
    local.tee 5
    i32.store
    local.get 1
    local.get 3
    local.get 4
    i32.sub
    i32.store offset=4
    local.get 1
    local.get 5
    local.get 4
    i32.add
    i32.store)
  (func (;17;) (type 1)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 22
    i32.store offset=12
    local.get 0
    i32.const 8249
    i32.store offset=8
    local.get 0
    local.get 0
    i64.load offset=8
    i64.store
    local.get 0
    call 6
    unreachable)
  (memory (;0;) 2)
  (global (;0;) (mut i32) (i32.const 8192))
  (export "memory" (memory 0))
  (export "_start" (func 1))
  (data (;0;) (i32.const 8192) "out of memory\00unknown entry point\00a message is too large\00a message is malformed\00\80 \00\00\00\00\00\00@ \00\00\c0@\00\00\00\00\00\00\10 \00\00\e0\e0\01\00\00\00\00\00\00\02\00\00"))
