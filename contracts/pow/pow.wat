;; source sha256 dc1747d90eca865a9e6b9704f9801bdeb7129d2e3e310b849a79e2ee8065db88
(module
  (type (;0;) (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type (;1;) (func))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32 i32 i32)))
  (type (;4;) (func (param i32 i32 i32)))
  (type (;5;) (func (param i32 i32) (result i64)))
  (type (;6;) (func (param i32)))
  (type (;7;) (func (param i32 i32 i64)))
  (type (;8;) (func (param i32 i32 i64 i64)))
  (type (;9;) (func (param i32 i64 i64)))
  (type (;10;) (func (param i32 i32) (result i32)))
  (type (;11;) (func (param i32) (result i64)))
  (type (;12;) (func (param i32 i64)))
  (import "env" "invoke_system_call" (func (;0;) (type 0)))
  (func (;1;) (type 1)
    (local i32 i32)
    global.get 0
    i32.const 128
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 96
    i32.add
    i32.const 0
    call 2
    local.get 0
    i32.const 56
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
    i64.store offset=56
    local.get 0
    i32.const 112
    i32.add
    i32.const 603
    local.get 0
    i32.const 56
    i32.add
    i32.const 8192
    call 3
    local.get 0
    local.get 0
    i64.load offset=112
    i64.store offset=48
    local.get 0
    i32.const 120
    i32.add
    local.get 0
    i32.const 48
    i32.add
    i32.const 1
    call 4
    local.get 0
    local.get 0
    i64.load offset=120
    i64.store offset=40
    local.get 0
    i32.const 88
    i32.add
    local.get 0
    i32.const 40
    i32.add
    i32.const 2
    call 4
    local.get 0
    local.get 0
    i64.load offset=120
    i64.store offset=32
    block  ;; label = @1
      block  ;; label = @2
        local.get 0
        i32.const 32
        i32.add
        i32.const 1
        call 5
        i32.wrap_i64
        local.tee 1
        i32.const 775998309
        i32.eq
        br_if 0 (;@2;)
        local.get 1
        i32.const -525484373
        i32.ne
        br_if 1 (;@1;)
        local.get 0
        local.get 0
        i64.load offset=88
        i64.store offset=16
        local.get 0
        i32.const 16
        i32.add
        call 6
        unreachable
      end
      local.get 0
      i32.const 80
      i32.add
      call 7
      local.get 0
      local.get 0
      i64.load offset=80
      i64.store offset=24
      local.get 0
      i32.const 24
      i32.add
      call 8
      unreachable
    end
    local.get 0
    i32.const 19
    i32.store offset=76
    local.get 0
    i32.const 8226
    i32.store offset=72
    local.get 0
    local.get 0
    i64.load offset=72
    i64.store offset=8
    i32.const 1
    local.get 0
    i32.const 8
    i32.add
    call 9
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
      i32.load offset=25056
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
      i32.const 1
      local.get 2
      call 9
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
    i32.const 25072
    i32.add
    i32.store
    i32.const 0
    local.get 3
    local.get 1
    i32.add
    i32.store offset=25056
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
      call 19
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
        call 21
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
  (func (;5;) (type 5) (param i32 i32) (result i64)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    i64.const 0
    local.set 3
    loop (result i64)  ;; label = @1
      block  ;; label = @2
        local.get 0
        local.get 2
        i32.const 8
        i32.add
        call 21
        br_if 0 (;@2;)
        local.get 2
        i32.const 32
        i32.add
        global.set 0
        local.get 3
        return
      end
      local.get 2
      i64.load offset=16
      local.get 3
      local.get 2
      i32.load offset=8
      local.get 1
      i32.eq
      select
      local.set 3
      br 0 (;@1;)
    end)
  (func (;6;) (type 6) (param i32)
    (local i32 i64 i64 i32 i32 i32 i32 i64 i32)
    global.get 0
    i32.const 640
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=328
    local.get 1
    i32.const 528
    i32.add
    local.get 1
    i32.const 328
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=320
    local.get 1
    i32.const 520
    i32.add
    local.get 1
    i32.const 320
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=312
    local.get 1
    i32.const 512
    i32.add
    local.get 1
    i32.const 312
    i32.add
    i32.const 3
    call 4
    local.get 1
    local.get 1
    i64.load offset=512
    i64.store offset=304
    local.get 1
    i32.const 504
    i32.add
    local.get 1
    i32.const 304
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=512
    i64.store offset=296
    local.get 1
    i32.const 496
    i32.add
    local.get 1
    i32.const 296
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 1
    i64.load offset=520
    i64.store offset=288
    local.get 1
    i32.const 288
    i32.add
    i32.const 3
    call 5
    local.set 2
    local.get 1
    i32.const 616
    i32.add
    i32.const 0
    call 2
    local.get 1
    i32.const 272
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 616
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=616
    i64.store offset=272
    local.get 1
    i32.const 600
    i32.add
    i32.const 605
    local.get 1
    i32.const 272
    i32.add
    i32.const 512
    call 3
    local.get 1
    local.get 1
    i64.load offset=600
    i64.store offset=264
    local.get 1
    i32.const 488
    i32.add
    local.get 1
    i32.const 264
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=488
    local.tee 3
    i64.store offset=256
    local.get 1
    local.get 3
    i64.store offset=616
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          block  ;; label = @4
            block  ;; label = @5
              block  ;; label = @6
                block  ;; label = @7
                  local.get 1
                  i32.const 256
                  i32.add
                  i32.const 2
                  call 5
                  i64.eqz
                  i32.eqz
                  br_if 0 (;@7;)
                  local.get 1
                  i32.load offset=532
                  i32.const 34
                  i32.ne
                  br_if 1 (;@6;)
                  local.get 1
                  i32.load offset=508
                  i32.const 32
                  i32.ne
                  br_if 2 (;@5;)
                  local.get 1
                  i32.load offset=500
                  i32.const 65
                  i32.ne
                  br_if 3 (;@4;)
                  local.get 1
                  i32.const 448
                  i32.add
                  call 7
                  local.get 1
                  local.get 1
                  i64.load offset=448
                  i64.store offset=216
                  local.get 1
                  i32.const 440
                  i32.add
                  local.get 1
                  i32.const 216
                  i32.add
                  i32.const 1
                  call 4
                  local.get 1
                  local.get 1
                  i64.load offset=448
                  i64.store offset=208
                  local.get 1
                  i32.const 432
                  i32.add
                  local.get 1
                  i32.const 208
                  i32.add
                  i32.const 3
                  call 4
                  local.get 1
                  i32.load offset=444
                  i32.const 32
                  i32.ne
                  br_if 4 (;@3;)
                  local.get 1
                  i32.load offset=436
                  i32.const 16
                  i32.ne
                  br_if 4 (;@3;)
                  local.get 1
                  i32.const 408
                  i32.add
                  i32.const 66
                  call 2
                  local.get 1
                  local.get 1
                  i64.load offset=504
                  i64.store offset=192
                  local.get 1
                  i32.const 408
                  i32.add
                  local.get 1
                  i32.const 192
                  i32.add
                  call 10
                  local.get 1
                  local.get 1
                  i64.load offset=528
                  i64.store offset=184
                  local.get 1
                  i32.const 408
                  i32.add
                  local.get 1
                  i32.const 184
                  i32.add
                  call 10
                  local.get 1
                  local.get 1
                  i64.load offset=408
                  local.tee 3
                  i64.store offset=392
                  local.get 1
                  local.get 3
                  i64.store offset=176
                  local.get 1
                  i32.const 400
                  i32.add
                  i32.const 18
                  local.get 1
                  i32.const 176
                  i32.add
                  i32.const 32
                  call 11
                  i32.const 0
                  local.set 0
                  local.get 1
                  i32.load offset=440
                  local.set 4
                  local.get 1
                  i32.load offset=400
                  local.set 5
                  block  ;; label = @8
                    loop  ;; label = @9
                      local.get 0
                      i32.const 32
                      i32.eq
                      br_if 1 (;@8;)
                      local.get 4
                      local.get 0
                      i32.add
                      local.set 6
                      local.get 5
                      local.get 0
                      i32.add
                      local.set 7
                      local.get 0
                      i32.const 1
                      i32.add
                      local.set 0
                      local.get 7
                      i32.load8_u
                      local.tee 7
                      local.get 6
                      i32.load8_u
                      local.tee 6
                      i32.eq
                      br_if 0 (;@9;)
                    end
                    local.get 7
                    local.get 6
                    i32.gt_u
                    br_if 6 (;@2;)
                  end
                  local.get 1
                  i64.load32_u offset=528
                  local.set 3
                  local.get 1
                  i64.load32_u offset=496
                  local.set 8
                  local.get 1
                  i32.const 616
                  i32.add
                  i32.const 115
                  call 2
                  local.get 1
                  i32.const 600
                  i32.add
                  i32.const 25
                  call 2
                  local.get 1
                  local.get 8
                  i64.const 279172874240
                  i64.or
                  local.tee 8
                  i64.store offset=160
                  local.get 1
                  local.get 8
                  i64.store offset=632
                  local.get 1
                  i32.const 616
                  i32.add
                  i32.const 2
                  local.get 1
                  i32.const 160
                  i32.add
                  call 12
                  local.get 1
                  local.get 3
                  i64.const 146028888064
                  i64.or
                  local.tee 3
                  i64.store offset=152
                  local.get 1
                  local.get 3
                  i64.store offset=632
                  local.get 1
                  i32.const 616
                  i32.add
                  i32.const 3
                  local.get 1
                  i32.const 152
                  i32.add
                  call 12
                  local.get 1
                  i32.const 616
                  i32.add
                  i32.const 4
                  i64.const 1
                  call 13
                  local.get 1
                  i32.const 136
                  i32.add
                  i32.const 8
                  i32.add
                  local.get 1
                  i32.const 616
                  i32.add
                  i32.const 8
                  i32.add
                  i32.load
                  i32.store
                  local.get 1
                  local.get 1
                  i64.load offset=616
                  i64.store offset=136
                  local.get 1
                  i32.const 592
                  i32.add
                  i32.const 502
                  local.get 1
                  i32.const 136
                  i32.add
                  i32.const 512
                  call 3
                  local.get 1
                  local.get 1
                  i64.load offset=592
                  i64.store offset=128
                  local.get 1
                  i32.const 632
                  i32.add
                  local.get 1
                  i32.const 128
                  i32.add
                  i32.const 1
                  call 4
                  local.get 1
                  i32.const 1
                  i32.store offset=588
                  local.get 1
                  i32.const 8564
                  i32.store offset=584
                  local.get 1
                  local.get 1
                  i64.load offset=584
                  i64.store offset=120
                  local.get 1
                  i32.const 600
                  i32.add
                  local.get 1
                  i32.const 120
                  i32.add
                  call 10
                  local.get 1
                  local.get 1
                  i64.load offset=632
                  i64.store offset=112
                  local.get 1
                  i32.const 568
                  i32.add
                  i32.const 18
                  local.get 1
                  i32.const 112
                  i32.add
                  i32.const 32
                  call 11
                  local.get 1
                  local.get 1
                  i64.load offset=568
                  i64.store offset=104
                  local.get 1
                  i32.const 576
                  i32.add
                  i32.const 4179
                  local.get 1
                  i32.const 104
                  i32.add
                  i32.const 20
                  call 11
                  local.get 1
                  local.get 1
                  i64.load offset=576
                  i64.store offset=96
                  local.get 1
                  i32.const 600
                  i32.add
                  local.get 1
                  i32.const 96
                  i32.add
                  call 10
                  local.get 1
                  local.get 1
                  i64.load offset=600
                  local.tee 3
                  i64.store offset=552
                  local.get 1
                  local.get 3
                  i64.store offset=88
                  local.get 1
                  i32.const 560
                  i32.add
                  i32.const 18
                  local.get 1
                  i32.const 88
                  i32.add
                  i32.const 32
                  call 11
                  local.get 1
                  local.get 1
                  i64.load offset=560
                  i64.store offset=80
                  local.get 1
                  i32.const 536
                  i32.add
                  i32.const 18
                  local.get 1
                  i32.const 80
                  i32.add
                  i32.const 32
                  call 11
                  local.get 1
                  i32.const 4
                  i32.store offset=548
                  local.get 1
                  local.get 1
                  i32.load offset=536
                  i32.store offset=544
                  local.get 1
                  local.get 1
                  i64.load offset=544
                  i64.store offset=72
                  local.get 1
                  i32.const 600
                  i32.add
                  local.get 1
                  i32.const 72
                  i32.add
                  call 10
                  local.get 1
                  local.get 1
                  i64.load offset=520
                  i64.store offset=64
                  local.get 1
                  i32.load offset=600
                  local.set 5
                  local.get 1
                  i32.load offset=604
                  local.set 4
                  local.get 1
                  i32.const 376
                  i32.add
                  local.get 1
                  i32.const 64
                  i32.add
                  i32.const 6
                  call 4
                  local.get 4
                  local.get 1
                  i32.load offset=380
                  i32.ne
                  br_if 6 (;@1;)
                  i32.const 0
                  local.set 0
                  local.get 1
                  i32.load offset=376
                  local.set 9
                  block  ;; label = @8
                    loop  ;; label = @9
                      local.get 4
                      local.get 0
                      i32.eq
                      br_if 1 (;@8;)
                      local.get 9
                      local.get 0
                      i32.add
                      local.set 6
                      local.get 5
                      local.get 0
                      i32.add
                      local.set 7
                      local.get 0
                      i32.const 1
                      i32.add
                      local.set 0
                      local.get 7
                      i32.load8_u
                      local.get 6
                      i32.load8_u
                      i32.eq
                      br_if 0 (;@9;)
                    end
                    local.get 0
                    i32.const -1
                    i32.add
                    local.get 4
                    i32.lt_u
                    br_if 7 (;@1;)
                  end
                  local.get 1
                  local.get 1
                  i64.load offset=448
                  i64.store offset=48
                  local.get 1
                  i32.const 48
                  i32.add
                  i32.const 2
                  call 5
                  local.set 8
                  local.get 1
                  local.get 1
                  i64.load offset=448
                  i64.store offset=40
                  local.get 1
                  i32.const 40
                  i32.add
                  i32.const 4
                  call 5
                  local.set 3
                  local.get 1
                  i32.const 336
                  i32.add
                  local.get 1
                  i32.load offset=432
                  call 14
                  local.get 1
                  i32.const 24
                  i32.add
                  i32.const 8
                  i32.add
                  local.get 1
                  i32.const 336
                  i32.add
                  i32.const 8
                  i32.add
                  i64.load
                  i64.store
                  local.get 1
                  local.get 1
                  i64.load offset=336
                  i64.store offset=24
                  local.get 1
                  i32.const 352
                  i32.add
                  local.get 1
                  i32.const 24
                  i32.add
                  i64.const 0
                  local.get 2
                  local.get 8
                  i64.sub
                  local.tee 8
                  local.get 8
                  local.get 2
                  i64.gt_u
                  select
                  local.get 3
                  call 15
                  local.get 1
                  i32.const 8
                  i32.add
                  i32.const 8
                  i32.add
                  local.get 1
                  i32.const 352
                  i32.add
                  i32.const 8
                  i32.add
                  i64.load
                  i64.store
                  local.get 1
                  local.get 1
                  i64.load offset=352
                  i64.store offset=8
                  local.get 1
                  i32.const 8
                  i32.add
                  local.get 2
                  local.get 3
                  call 16
                  call 17
                  unreachable
                end
                local.get 1
                i32.const 37
                i32.store offset=484
                local.get 1
                i32.const 8282
                i32.store offset=480
                local.get 1
                local.get 1
                i64.load offset=480
                i64.store offset=248
                i32.const -1
                local.get 1
                i32.const 248
                i32.add
                call 9
                unreachable
              end
              local.get 1
              i32.const 42
              i32.store offset=476
              local.get 1
              i32.const 8404
              i32.store offset=472
              local.get 1
              local.get 1
              i64.load offset=472
              i64.store offset=240
              i32.const -1
              local.get 1
              i32.const 240
              i32.add
              call 9
              unreachable
            end
            local.get 1
            i32.const 20
            i32.store offset=468
            local.get 1
            i32.const 8345
            i32.store offset=464
            local.get 1
            local.get 1
            i64.load offset=464
            i64.store offset=232
            i32.const -1
            local.get 1
            i32.const 232
            i32.add
            call 9
            unreachable
          end
          local.get 1
          i32.const 24
          i32.store offset=460
          local.get 1
          i32.const 8320
          i32.store offset=456
          local.get 1
          local.get 1
          i64.load offset=456
          i64.store offset=224
          i32.const -1
          local.get 1
          i32.const 224
          i32.add
          call 9
          unreachable
        end
        local.get 1
        i32.const 25
        i32.store offset=428
        local.get 1
        i32.const 8493
        i32.store offset=424
        local.get 1
        local.get 1
        i64.load offset=424
        i64.store offset=200
        i32.const -1
        local.get 1
        i32.const 200
        i32.add
        call 9
        unreachable
      end
      local.get 1
      i32.const 35
      i32.store offset=388
      local.get 1
      i32.const 8246
      i32.store offset=384
      local.get 1
      local.get 1
      i64.load offset=384
      i64.store offset=168
      i32.const -1
      local.get 1
      i32.const 168
      i32.add
      call 9
      unreachable
    end
    local.get 1
    i32.const 37
    i32.store offset=372
    local.get 1
    i32.const 8366
    i32.store offset=368
    local.get 1
    local.get 1
    i64.load offset=368
    i64.store offset=56
    i32.const -1
    local.get 1
    i32.const 56
    i32.add
    call 9
    unreachable)
  (func (;7;) (type 6) (param i32)
    (local i32)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i64.const 0
    i64.store offset=64
    local.get 1
    i64.const 0
    i64.store offset=48
    local.get 1
    i32.const 80
    i32.add
    local.get 1
    i32.const 48
    i32.add
    i32.const 0
    call 20
    local.get 1
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 80
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=80
    i64.store offset=32
    local.get 1
    i32.const 96
    i32.add
    i32.const 303
    local.get 1
    i32.const 32
    i32.add
    i32.const 2048
    call 3
    local.get 1
    local.get 1
    i64.load offset=96
    i64.store offset=24
    local.get 1
    i32.const 104
    i32.add
    local.get 1
    i32.const 24
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=104
    i64.store offset=16
    local.get 1
    i32.const 72
    i32.add
    local.get 1
    i32.const 16
    i32.add
    i32.const 2
    call 4
    local.get 0
    local.get 1
    i64.load offset=72
    i64.store align=4
    local.get 1
    local.get 1
    i64.load offset=104
    i64.store offset=8
    block  ;; label = @1
      local.get 1
      i32.const 8
      i32.add
      i32.const 1
      call 5
      i64.const 0
      i64.ne
      br_if 0 (;@1;)
      local.get 1
      i32.const 20
      i32.store offset=60
      local.get 1
      i32.const 8519
      i32.store offset=56
      local.get 1
      local.get 1
      i64.load offset=56
      i64.store
      i32.const -1
      local.get 1
      call 9
      unreachable
    end
    local.get 1
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
    call 18
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
    call 19
    unreachable)
  (func (;9;) (type 2) (param i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 40
    i32.add
    i32.const 0
    i32.load offset=8576
    i32.store
    local.get 2
    i32.const 0
    i64.load offset=8568 align=4
    i64.store offset=32
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=16
    local.get 2
    i32.const 32
    i32.add
    i32.const 1
    local.get 2
    i32.const 16
    i32.add
    call 18
    local.get 2
    local.get 2
    i64.load offset=32
    local.tee 3
    i64.store offset=24
    local.get 2
    local.get 3
    i64.store offset=8
    local.get 0
    i32.const 2
    local.get 2
    i32.const 8
    i32.add
    call 19
    unreachable)
  (func (;10;) (type 2) (param i32 i32)
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
      i32.const 8447
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      i32.const 1
      local.get 2
      call 9
      unreachable
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;11;) (type 3) (param i32 i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 80
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 56
    i32.add
    local.get 2
    i32.load offset=4
    i32.const 16
    i32.add
    call 2
    local.get 4
    i32.const 56
    i32.add
    i32.const 1
    local.get 1
    i64.extend_i32_u
    call 13
    local.get 4
    local.get 2
    i64.load align=4
    local.tee 5
    i64.store offset=72
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=72
      i64.store offset=32
      local.get 4
      i32.const 56
      i32.add
      i32.const 2
      local.get 4
      i32.const 32
      i32.add
      call 12
    end
    local.get 4
    i32.const 16
    i32.add
    i32.const 8
    i32.add
    local.get 4
    i32.const 56
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 4
    local.get 4
    i64.load offset=56
    i64.store offset=16
    local.get 4
    i32.const 48
    i32.add
    i32.const 501
    local.get 4
    i32.const 16
    i32.add
    i32.const 512
    call 3
    local.get 4
    local.get 4
    i64.load offset=48
    i64.store offset=8
    local.get 4
    i32.const 72
    i32.add
    local.get 4
    i32.const 8
    i32.add
    i32.const 1
    call 4
    block  ;; label = @1
      local.get 4
      i32.load offset=76
      local.tee 2
      local.get 3
      i32.gt_u
      br_if 0 (;@1;)
      local.get 4
      i32.const 19
      i32.store offset=44
      local.get 4
      i32.const 8206
      i32.store offset=40
      local.get 4
      local.get 4
      i64.load offset=40
      i64.store
      i32.const -1
      local.get 4
      call 9
      unreachable
    end
    local.get 0
    local.get 3
    i32.store offset=4
    local.get 0
    local.get 4
    i32.load offset=72
    local.get 2
    i32.add
    local.get 3
    i32.sub
    i32.store
    local.get 4
    i32.const 80
    i32.add
    global.set 0)
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
    call 25
    local.get 0
    local.get 2
    i64.load32_u offset=4
    call 25
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 0
    local.get 3
    i32.const 8
    i32.add
    call 10
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;13;) (type 7) (param i32 i32 i64)
    block  ;; label = @1
      local.get 2
      i64.eqz
      br_if 0 (;@1;)
      local.get 0
      local.get 1
      i64.extend_i32_u
      i64.const 3
      i64.shl
      call 25
      local.get 0
      local.get 2
      call 25
    end)
  (func (;14;) (type 2) (param i32 i32)
    (local i32 i64)
    i32.const 0
    local.set 2
    i64.const 0
    local.set 3
    block  ;; label = @1
      loop  ;; label = @2
        block  ;; label = @3
          local.get 2
          i32.const 8
          i32.ne
          br_if 0 (;@3;)
          local.get 0
          local.get 3
          i64.store
          local.get 1
          i32.const 8
          i32.add
          local.set 1
          i64.const 0
          local.set 3
          i32.const 0
          local.set 2
          loop  ;; label = @4
            local.get 2
            i32.const 8
            i32.eq
            br_if 3 (;@1;)
            local.get 3
            i64.const 8
            i64.shl
            local.get 1
            local.get 2
            i32.add
            i64.load8_u
            i64.or
            local.set 3
            local.get 2
            i32.const 1
            i32.add
            local.set 2
            br 0 (;@4;)
          end
        end
        local.get 3
        i64.const 8
        i64.shl
        local.get 1
        local.get 2
        i32.add
        i64.load8_u
        i64.or
        local.set 3
        local.get 2
        i32.const 1
        i32.add
        local.set 2
        br 0 (;@2;)
      end
    end
    local.get 0
    local.get 3
    i64.store offset=8)
  (func (;15;) (type 8) (param i32 i32 i64 i64)
    (local i64 i64 i64 i64 i32 i64 i64 i64 i64 i64 i64)
    local.get 2
    local.get 3
    i64.const 10000
    i64.mul
    i64.const 14000
    i64.div_u
    local.tee 4
    i64.div_u
    local.set 5
    local.get 1
    i64.load offset=8
    local.set 6
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i64.load
        local.tee 7
        i64.eqz
        br_if 0 (;@2;)
        i32.const 128
        local.set 8
        i64.const 0
        local.set 9
        i64.const 0
        local.set 10
        local.get 7
        local.set 11
        local.get 6
        local.set 3
        loop  ;; label = @3
          local.get 8
          i32.eqz
          br_if 2 (;@1;)
          local.get 3
          i64.const 63
          i64.shr_u
          local.set 12
          local.get 11
          i64.const 1
          i64.shl
          local.set 13
          local.get 9
          i64.const 1
          i64.shl
          local.get 11
          i64.const 63
          i64.shr_u
          i64.or
          local.set 11
          local.get 10
          i64.const 1
          i64.shl
          local.get 9
          i64.const 63
          i64.shr_u
          i64.or
          local.set 14
          local.get 3
          i64.const 1
          i64.shl
          local.set 3
          block  ;; label = @4
            block  ;; label = @5
              local.get 10
              i64.const 0
              i64.lt_s
              br_if 0 (;@5;)
              i64.const 0
              local.set 10
              local.get 14
              i64.const 0
              i64.ne
              br_if 0 (;@5;)
              local.get 11
              i64.const 32
              i64.ge_u
              br_if 0 (;@5;)
              local.get 11
              local.set 9
              br 1 (;@4;)
            end
            local.get 3
            i64.const 1
            i64.or
            local.set 3
            local.get 11
            i64.const -32
            i64.add
            local.set 9
            local.get 14
            local.get 11
            i64.const 32
            i64.lt_u
            i64.extend_i32_u
            i64.sub
            local.set 10
          end
          local.get 13
          local.get 12
          i64.or
          local.set 11
          local.get 8
          i32.const -1
          i32.add
          local.set 8
          br 0 (;@3;)
        end
      end
      local.get 6
      i64.const 5
      i64.shr_u
      local.set 3
      i64.const 0
      local.set 11
    end
    i64.const 1
    local.get 3
    local.get 3
    local.get 11
    i64.or
    i64.eqz
    local.tee 8
    select
    local.set 3
    i64.const 0
    local.get 11
    local.get 8
    select
    local.set 10
    block  ;; label = @1
      local.get 4
      local.get 2
      i64.le_u
      br_if 0 (;@1;)
      block  ;; label = @2
        local.get 7
        i64.const -1
        i64.gt_s
        br_if 0 (;@2;)
        local.get 0
        local.get 1
        i64.load
        i64.store
        local.get 0
        i32.const 8
        i32.add
        local.get 1
        i32.const 8
        i32.add
        i64.load
        i64.store
        return
      end
      local.get 0
      local.get 3
      local.get 6
      i64.add
      local.tee 11
      i64.store offset=8
      local.get 0
      local.get 10
      local.get 7
      i64.add
      local.get 11
      local.get 3
      i64.lt_u
      i64.extend_i32_u
      i64.add
      i64.store
      return
    end
    local.get 3
    i64.const 4294967295
    i64.and
    local.tee 9
    i64.const 7
    local.get 5
    i64.const -1
    i64.add
    local.get 5
    i64.const 7
    i64.gt_u
    select
    local.tee 11
    i64.const 4294967295
    i64.and
    local.tee 14
    i64.mul
    local.tee 12
    i64.const 32
    i64.shr_u
    local.get 3
    i64.const 32
    i64.shr_u
    local.tee 13
    local.get 14
    i64.mul
    i64.add
    local.tee 14
    i64.const 4294967295
    i64.and
    local.get 9
    local.get 11
    i64.const 32
    i64.shr_u
    local.tee 2
    i64.mul
    i64.add
    local.tee 9
    i64.const 32
    i64.shl
    local.get 12
    i64.const 4294967295
    i64.and
    i64.or
    local.set 3
    block  ;; label = @1
      block  ;; label = @2
        local.get 7
        local.get 13
        local.get 2
        i64.mul
        local.get 10
        local.get 11
        i64.mul
        i64.add
        local.get 14
        i64.const 32
        i64.shr_u
        i64.add
        local.get 9
        i64.const 32
        i64.shr_u
        i64.add
        local.tee 10
        i64.gt_u
        br_if 0 (;@2;)
        local.get 7
        local.get 10
        i64.ne
        br_if 1 (;@1;)
        local.get 6
        local.get 3
        i64.le_u
        br_if 1 (;@1;)
      end
      local.get 0
      local.get 6
      local.get 3
      i64.sub
      i64.store offset=8
      local.get 0
      local.get 7
      local.get 10
      i64.sub
      local.get 6
      local.get 3
      i64.lt_u
      i64.extend_i32_u
      i64.sub
      i64.store
      return
    end
    local.get 0
    i64.const 1
    i64.store offset=8
    local.get 0
    i64.const 0
    i64.store)
  (func (;16;) (type 9) (param i32 i64 i64)
    (local i32 i64 i64 i64 i64 i64 i32 i32)
    global.get 0
    i32.const 144
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 104
    i32.add
    i64.const 0
    i64.store
    local.get 3
    i32.const 96
    i32.add
    i64.const 0
    i64.store
    local.get 3
    i64.const 0
    i64.store offset=88
    local.get 3
    i64.const 0
    i64.store offset=80
    local.get 3
    i32.const 48
    i32.add
    i32.const 128
    call 2
    local.get 0
    i64.load offset=8
    local.set 4
    local.get 0
    i64.load
    local.set 5
    i32.const 0
    local.set 0
    i64.const 0
    local.set 6
    i64.const 0
    local.set 7
    block  ;; label = @1
      loop  ;; label = @2
        block  ;; label = @3
          local.get 0
          i32.const 256
          i32.ne
          br_if 0 (;@3;)
          local.get 3
          i32.const 64
          i32.add
          local.set 0
          i64.const 56
          local.set 6
          loop  ;; label = @4
            local.get 6
            i64.const 34359738360
            i64.eq
            br_if 3 (;@1;)
            local.get 0
            i32.const 8
            i32.add
            local.get 4
            local.get 6
            i64.const 4294967288
            i64.and
            local.tee 7
            i64.shr_u
            i64.store8
            local.get 0
            local.get 5
            local.get 7
            i64.shr_u
            i64.store8
            local.get 6
            i64.const 4294967288
            i64.add
            local.set 6
            local.get 0
            i32.const 1
            i32.add
            local.set 0
            br 0 (;@4;)
          end
        end
        local.get 7
        i64.const 1
        i64.shl
        local.get 6
        i64.const 63
        i64.shr_u
        i64.or
        local.set 8
        local.get 6
        i64.const 1
        i64.shl
        i64.const 1
        i64.or
        local.set 6
        block  ;; label = @3
          block  ;; label = @4
            local.get 7
            i64.const 0
            i64.lt_s
            br_if 0 (;@4;)
            i32.const 0
            local.set 9
            block  ;; label = @5
              local.get 8
              local.get 5
              i64.ge_u
              br_if 0 (;@5;)
              local.get 8
              local.set 7
              br 2 (;@3;)
            end
            local.get 8
            local.get 5
            i64.ne
            br_if 0 (;@4;)
            local.get 6
            local.get 4
            i64.ge_u
            br_if 0 (;@4;)
            local.get 5
            local.set 7
            br 1 (;@3;)
          end
          local.get 8
          local.get 5
          i64.sub
          local.get 6
          local.get 4
          i64.lt_u
          i64.extend_i32_u
          i64.sub
          local.set 7
          local.get 6
          local.get 4
          i64.sub
          local.set 6
          i32.const 1
          local.set 9
        end
        local.get 3
        i32.const 80
        i32.add
        local.get 0
        i32.const 3
        i32.shr_u
        i32.add
        local.tee 10
        local.get 10
        i32.load8_u
        i32.const 1
        i32.shl
        local.get 9
        i32.or
        i32.store8
        local.get 0
        i32.const 1
        i32.add
        local.set 0
        br 0 (;@2;)
      end
    end
    local.get 3
    i32.const 32
    i32.store offset=124
    local.get 3
    local.get 3
    i32.const 80
    i32.add
    i32.store offset=120
    local.get 3
    local.get 3
    i64.load offset=120
    i64.store offset=40
    local.get 3
    i32.const 48
    i32.add
    i32.const 1
    local.get 3
    i32.const 40
    i32.add
    call 12
    local.get 3
    i32.const 48
    i32.add
    i32.const 2
    local.get 1
    call 13
    local.get 3
    i32.const 16
    i32.store offset=124
    local.get 3
    local.get 3
    i32.const 64
    i32.add
    i32.store offset=120
    local.get 3
    local.get 3
    i64.load offset=120
    i64.store offset=32
    local.get 3
    i32.const 48
    i32.add
    i32.const 3
    local.get 3
    i32.const 32
    i32.add
    call 12
    local.get 3
    i32.const 48
    i32.add
    i32.const 4
    local.get 2
    call 13
    local.get 3
    i64.load32_u offset=48
    local.set 6
    local.get 3
    i32.load offset=52
    local.set 0
    local.get 3
    i64.const 0
    i64.store offset=112
    local.get 3
    i64.const 0
    i64.store offset=24
    local.get 3
    i32.const 120
    i32.add
    local.get 3
    i32.const 24
    i32.add
    local.get 0
    i32.const 8
    i32.add
    call 20
    local.get 3
    local.get 6
    local.get 0
    i64.extend_i32_u
    i64.const 32
    i64.shl
    i64.or
    local.tee 6
    i64.store offset=136
    block  ;; label = @1
      local.get 6
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=136
      i64.store offset=16
      local.get 3
      i32.const 120
      i32.add
      i32.const 3
      local.get 3
      i32.const 16
      i32.add
      call 12
    end
    local.get 3
    i32.const 8
    i32.add
    local.get 3
    i32.const 120
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 3
    local.get 3
    i64.load offset=120
    i64.store
    local.get 3
    i32.const 136
    i32.add
    i32.const 301
    local.get 3
    i32.const 512
    call 3
    local.get 3
    i32.const 144
    i32.add
    global.set 0)
  (func (;17;) (type 1)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 8
    i32.add
    i32.const 16
    call 2
    local.get 0
    i32.const 8
    i32.add
    i32.const 1
    i64.const 1
    call 13
    local.get 0
    local.get 0
    i64.load offset=8
    local.tee 1
    i64.store
    local.get 0
    local.get 1
    i64.store offset=24
    i32.const 0
    i32.const 1
    local.get 0
    call 19
    unreachable)
  (func (;18;) (type 4) (param i32 i32 i32)
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
  (func (;19;) (type 4) (param i32 i32 i32)
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
    i32.load offset=8548
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8540 align=4
    i64.store offset=48
    local.get 3
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=8560
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8552 align=4
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
    call 13
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
  (func (;20;) (type 4) (param i32 i32 i32)
    (local i32 i32 i64)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 64
    i32.add
    i32.const 512
    call 2
    local.get 0
    local.get 2
    local.get 1
    i32.load offset=4
    i32.add
    i32.const 512
    i32.add
    call 2
    local.get 3
    i32.const 64
    i32.add
    i32.const 1
    i64.const 1
    call 13
    block  ;; label = @1
      i32.const 0
      i32.load offset=123888
      local.tee 2
      br_if 0 (;@1;)
      i32.const 0
      i64.const 2199023255552
      i64.store offset=123892 align=4
      i32.const 0
      i32.const 123376
      i32.store offset=123888
      local.get 3
      i32.const 80
      i32.add
      i32.const 0
      call 2
      local.get 3
      i32.const 40
      i32.add
      i32.const 8
      i32.add
      local.get 3
      i32.const 80
      i32.add
      i32.const 8
      i32.add
      i32.load
      i32.store
      local.get 3
      local.get 3
      i64.load offset=80
      i64.store offset=40
      local.get 3
      i32.const 96
      i32.add
      i32.const 604
      local.get 3
      i32.const 40
      i32.add
      i32.const 512
      call 3
      local.get 3
      local.get 3
      i64.load offset=96
      i64.store offset=32
      local.get 3
      i32.const 104
      i32.add
      local.get 3
      i32.const 32
      i32.add
      i32.const 1
      call 4
      local.get 3
      local.get 3
      i64.load offset=104
      i64.store offset=24
      i32.const 123888
      local.get 3
      i32.const 24
      i32.add
      call 10
      i32.const 0
      i32.load offset=123888
      local.set 2
    end
    local.get 3
    i32.const 0
    i32.load offset=123892
    local.tee 4
    i32.store offset=84
    local.get 3
    local.get 2
    i32.store offset=80
    block  ;; label = @1
      local.get 4
      i32.eqz
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=80
      i64.store offset=16
      local.get 3
      i32.const 64
      i32.add
      i32.const 2
      local.get 3
      i32.const 16
      i32.add
      call 12
    end
    local.get 3
    local.get 3
    i64.load offset=64
    local.tee 5
    i64.store offset=56
    local.get 3
    local.get 5
    i64.store offset=8
    local.get 0
    i32.const 1
    local.get 3
    i32.const 8
    i32.add
    call 12
    local.get 3
    local.get 1
    i64.load align=4
    local.tee 5
    i64.store offset=80
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=80
      i64.store
      local.get 0
      i32.const 2
      local.get 3
      call 12
    end
    local.get 3
    i32.const 112
    i32.add
    global.set 0)
  (func (;21;) (type 10) (param i32 i32) (result i32)
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
      call 22
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
                call 23
                br 4 (;@2;)
              end
              local.get 2
              i32.const 8
              i32.add
              local.get 0
              local.get 0
              call 22
              call 23
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
            call 23
            br 2 (;@2;)
          end
          call 24
          unreachable
        end
        local.get 1
        local.get 0
        call 22
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
  (func (;22;) (type 11) (param i32) (result i64)
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
    call 24
    unreachable)
  (func (;23;) (type 7) (param i32 i32 i64)
    (local i32 i32 i32)
    block  ;; label = @1
      local.get 1
      i32.load offset=4
      local.tee 3
      i64.extend_i32_u
      local.get 2
      i64.ge_u
      br_if 0 (;@1;)
      call 24
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
  (func (;24;) (type 1)
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
    i32.const 8470
    i32.store offset=8
    local.get 0
    local.get 0
    i64.load offset=8
    i64.store
    i32.const 1
    local.get 0
    call 9
    unreachable)
  (func (;25;) (type 12) (param i32 i64)
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
    call 10
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (memory (;0;) 2)
  (global (;0;) (mut i32) (i32.const 8192))
  (export "memory" (memory 0))
  (export "_start" (func 1))
  (data (;0;) (i32.const 8192) "out of memory\00a hash is too short\00unknown entry point\00the proof of work misses the target\00only the system has blocks to process\00a signature has 65 bytes\00a nonce has 32 bytes\00the block is not signed by its signer\00the block's id is not a sha2-256 multihash\00a message is too large\00a message is malformed\00the metadata is malformed\00there is no metadata\00\90!\00\00\00\00\00\00@ \00\00\d0A\00\00\00\00\00\00\10 \00\00\00\00\00\00\00\e4\01\00\00\00\00\00\00\02\00\00"))
